"""Asks a provider for its models and stores what it says: new versions of schemas, never changed ones.

A model is offered as soon as a form can be drawn for it. What can't be understood is disabled with the reason, and
its last good schema stays, because generations point to it. One whose schema could not be read stays as it is. A model
that is gone is only reported: a list may be short for a while.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from studio.audit.actions import record
from studio.catalog.actions import add_version, link_twins
from studio.catalog.models import ImageModel, Provider
from studio.catalog.overlays import overlay_for
from studio.catalog.plain import object_of
from studio.catalog.schema import normalise
from studio.catalog.validation import check_schema
from studio.kit.errors import Invalid
from studio.kit.http import ApiClients
from studio.kit.wire import HttpAnswer, HttpCall, HttpFailure, JsonObject
from studio.providers.registry import LISTING_ADAPTERS, adapter_for
from studio.providers.types import ListedModel, ListingAdapter, ModelDetail, Problem

log = logging.getLogger(__name__)

_TIMEOUT_S = 30.0
_AT_ONCE = 4
_MAX_ANSWER_BYTES = 4 * 1024 * 1024


class CatalogUnavailable(Invalid):
    """The provider's list of models could not be had."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a provider said: its models, and of each the detail or why there is none.

    One that is not `is_complete` says nothing about the models that it doesn't name.
    """

    models: tuple[ListedModel, ...]
    details: Mapping[str, ModelDetail | Problem] = field(repr=False)
    is_complete: bool = True


@dataclass(slots=True)
class SyncReport:
    """The slugs that are new, have a changed schema, are gone or as before.

    `disabled` and `unread` say why: no form can be made of the schema, or it could not be read at all.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    disabled: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def fetch_listing(*, provider_slug: str, base_url: str, secret: str) -> Listing:
    """Ask a provider for its models and their schemas. Raises CatalogUnavailable."""
    adapter = LISTING_ADAPTERS.get(provider_slug)
    if adapter is None:
        name = adapter_for(provider_slug).name
        raise CatalogUnavailable(f"{name} publishes no schemas. Its models come with Studio.")
    return asyncio.run(_fetch(adapter, base_url, secret))


def told_by_sandbox(provider: Provider, listing: Listing) -> Listing:
    """Return what the sandbox's list tells: it knows what came with Studio, not what the provider said since.

    A model that the catalogue knows in its words is as before; one that is not offered any more isn't brought back.
    """
    known = {model.slug: model for model in provider.models.select_related("schema").order_by("id")}
    details = dict(listing.details)
    for slug, detail in listing.details.items():
        if slug not in known or isinstance(detail, Problem) or not _has_said(known[slug], detail):
            continue
        del details[slug]
        if (schema := known[slug].schema) and known[slug].gone_at is None:
            details[slug] = ModelDetail(schema.input_schema, schema.example)
    return Listing(tuple(each for each in listing.models if each.slug in details), details, is_complete=False)


def _has_said(model: ImageModel, detail: ModelDetail) -> bool:
    said = in_writing(detail)
    return any(
        version.says(said.input_schema, said.example) for version in model.schemas.order_by("-version")
    )


@transaction.atomic
def store_listing(*, provider: Provider, listing: Listing) -> SyncReport:
    """Store what a provider said of its models, and report what that changed."""
    report = SyncReport()
    known = {model.slug: model for model in provider.models.select_for_update().order_by("id")}
    for listed in listing.models:
        _store(provider, listed, listing.details[listed.slug], known.get(listed.slug), report)
    link_twins(provider)
    settled = [*report.new, *report.changed, *(report.same if listing.is_complete else ())]
    provider.proposals.filter(slug__in=settled).delete()
    expected = {slug for slug, model in known.items() if not model.is_handmade}
    if listing.is_complete:
        report.gone = sorted(expected - {listed.slug for listed in listing.models})
    counts: JsonObject = {"new": len(report.new), "changed": len(report.changed), "gone": len(report.gone)}
    record(verb="catalog.synced", subject=provider, by=None, details=counts)
    log.info("catalog.listing.stored provider=%s", provider.pk)
    return report


def _store(
    provider: Provider,
    listed: ListedModel,
    detail: ModelDetail | Problem,
    known: ImageModel | None,
    report: SyncReport,
) -> None:
    if isinstance(detail, Problem):
        report.unread[listed.slug] = detail.sentence
        return
    before = known.schema_id if known else None
    model = store_model(provider, listed, in_writing(detail), known)
    if model.disabled_reason:
        report.disabled[model.slug] = model.disabled_reason
    kind = report.new if known is None else report.same if before == model.schema_id else report.changed
    kind.append(model.slug)


def store_model(
    provider: Provider, listed: ListedModel, detail: ModelDetail, known: ImageModel | None
) -> ImageModel:
    """Store what a provider says of one model. Of what no form can be made, the last good schema stays."""
    model = known or _create(provider, listed)
    reason = find_fault(provider, listed.slug, detail)
    if not reason:
        model.schema, _ = add_version(model, detail.input_schema, detail.example)
    model.disabled_reason, model.gone_at = reason, None
    model.save(update_fields=["schema", "disabled_reason", "gone_at"])
    return model


def _create(provider: Provider, listed: ListedModel) -> ImageModel:
    return ImageModel.objects.create(
        provider=provider,
        slug=listed.slug,
        name=listed.name or listed.slug,
        listed_name=listed.name or listed.slug,
        vendor=listed.vendor,
        mode=listed.mode,
        description=listed.description,
    )


def find_fault(provider: Provider, slug: str, detail: ModelDetail) -> str:
    """Say why no form can be made for the model; empty if one can."""
    try:
        spec = normalise(detail.input_schema, overlay=overlay_for(provider.slug, slug))
        check_schema(spec)
    except Invalid as error:
        return error.sentence[:300]
    is_about_images = spec.with_role("prompt") or spec.with_role("references")
    return "" if is_about_images else "Its schema has neither a prompt nor an image to start from."


def in_writing(detail: ModelDetail) -> ModelDetail:
    """Write down the order of the properties where the schema has none: PostgreSQL doesn't keep it."""
    schema = detail.input_schema
    properties = object_of(schema.get("properties"))
    has_order = "x-order" in schema or "x-fal-order-properties" in schema
    if not properties or has_order or any("x-order" in object_of(part) for part in properties.values()):
        return detail
    return ModelDetail({**schema, "x-order": [*properties]}, detail.example)


async def _fetch(adapter: ListingAdapter, base_url: str, secret: str) -> Listing:
    gate = asyncio.Semaphore(_AT_ONCE)
    async with ApiClients() as clients:

        async def detail_of(slug: str) -> ModelDetail | Problem:
            call = adapter.model_detail(slug, secret=secret)
            async with gate:
                try:
                    return adapter.read_model_detail(await _ask(clients, base_url, call))
                except HttpFailure as failure:
                    return Problem(failure.sentence)

        try:
            listed = adapter.read_model_list(
                await _ask(clients, base_url, adapter.list_models(secret=secret))
            )
        except HttpFailure as failure:
            raise CatalogUnavailable(failure.about(adapter.name)) from failure
        if isinstance(listed, Problem):
            raise CatalogUnavailable(f"{listed.sentence} {listed.words}".strip())
        details = await asyncio.gather(*(detail_of(model.slug) for model in listed))
    return Listing(listed, {model.slug: detail for model, detail in zip(listed, details, strict=True)})


async def _ask(clients: ApiClients, base_url: str, call: HttpCall) -> HttpAnswer:
    return await clients.send_poll(base_url, call, timeout_s=_TIMEOUT_S, max_bytes=_MAX_ANSWER_BYTES)
