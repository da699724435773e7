"""What a provider says of its models and the catalogue doesn't: announced, and applied only when an admin accepts it."""

import json
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction

from studio.audit.actions import record
from studio.catalog.actions import link_twins
from studio.catalog.comparing import Change, compare, describe
from studio.catalog.models import ImageModel, Proposal, ProposalKind, Provider
from studio.catalog.overlays import overlay_for
from studio.catalog.queries import spec_of
from studio.catalog.schema import normalise
from studio.catalog.syncing import Listing, find_fault, in_writing, store_model
from studio.kit import clock
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.providers.types import ListedModel, ModelDetail, Problem

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a listing says of one model that the catalogue doesn't. `detail` None: it is no longer listed."""

    kind: ProposalKind
    listed: ListedModel
    detail: ModelDetail | None = None
    reason: str = ""

    @property
    def digest(self) -> str:
        """The same for as long as the provider says the same."""
        said = [self.detail.input_schema, self.detail.example] if self.detail else []
        told = [self.listed.slug, self.kind, said, self.reason]
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def find_differences(provider: Provider, listing: Listing) -> Iterator[Difference]:
    """Yield what a listing says otherwise than the catalogue. A model whose schema couldn't be read is passed over."""
    known = {model.slug: model for model in provider.models.select_related("schema").order_by("id")}
    for listed in listing.models:
        detail = listing.details[listed.slug]
        if not isinstance(detail, Problem):
            yield from _difference(provider, listed, in_writing(detail), known.get(listed.slug))
    for slug in _unlisted(known.keys(), listing):
        if known[slug].gone_at is None and not known[slug].is_handmade:
            yield Difference(ProposalKind.GONE, ListedModel(slug, known[slug].name))


def _unlisted(slugs: Collection[str], listing: Listing) -> list[str]:
    """Return what a list that is complete doesn't name any more."""
    return sorted(set(slugs) - {listed.slug for listed in listing.models}) if listing.is_complete else []


def _difference(
    provider: Provider, listed: ListedModel, detail: ModelDetail, model: ImageModel | None
) -> Iterator[Difference]:
    reason = find_fault(provider, listed.slug, detail)
    if model is None:
        yield Difference(ProposalKind.NEW, listed, detail, reason)
    elif _differs(model, detail, reason):
        yield Difference(ProposalKind.CHANGED, listed, detail, reason)


def _differs(model: ImageModel, detail: ModelDetail, reason: str) -> bool:
    if reason or model.disabled_reason:
        return reason[:300] != model.disabled_reason
    return (
        model.gone_at is not None
        or model.schema is None
        or not model.schema.says(detail.input_schema, detail.example)
    )


@transaction.atomic
def propose_listing(*, provider: Provider, listing: Listing) -> int:
    """Announce what a listing says otherwise than the catalogue, and return how much of it is undecided.

    What an admin has left stays left until the provider says something else.
    """
    Provider.objects.select_for_update().get(pk=provider.pk)
    differences = {each.listed.slug: each for each in find_differences(provider, listing)}
    before = {each.slug: each for each in provider.proposals.order_by("id")}
    unread = {slug for slug, detail in listing.details.items() if isinstance(detail, Problem)}
    stale = [each.pk for slug, each in before.items() if slug not in differences and slug not in unread]
    if listing.is_complete:
        provider.proposals.filter(pk__in=stale).delete()
    for slug, difference in differences.items():
        if slug not in before or before[slug].digest != difference.digest:
            _write(provider, difference)
    provider.listed_at, provider.listing_problem = clock.now(), _unread_sentence(unread)
    provider.save(update_fields=["listed_at", "listing_problem"])
    count = provider.proposals.open().count()
    log.info("catalog.listing.proposed provider=%s open=%s", provider.pk, count)
    return count


def _unread_sentence(unread: set[str]) -> str:
    return f"Could not be read, and stays as it is: {', '.join(sorted(unread))}."[:300] if unread else ""


def _write(provider: Provider, difference: Difference) -> None:
    listed, detail = difference.listed, difference.detail
    Proposal.objects.update_or_create(
        provider=provider,
        slug=listed.slug,
        defaults={
            "kind": difference.kind,
            "listed": {name: getattr(listed, name) for name in ("name", "vendor", "mode", "description")},
            "input_schema": detail.input_schema if detail else {},
            "example": detail.example if detail else {},
            "reason": difference.reason,
            "digest": difference.digest,
            "found_at": clock.now(),
            "left_at": None,
        },
    )


@transaction.atomic
def accept_proposal(*, proposal: Proposal, by: User) -> ImageModel:
    """Take over what the provider says of a model: a new version of its schema, a new model, or that it is gone."""
    proposal = _lock(proposal)
    provider = proposal.provider
    known = provider.models.select_for_update().filter(slug=proposal.slug).first()
    before = _facts(known)
    if proposal.kind == ProposalKind.GONE:
        model = _note_gone(known)
    else:
        model = store_model(provider, listed_in(proposal), detail_in(proposal), known)
        link_twins(provider)
    after = _facts(model)
    details: JsonObject = {"kind": proposal.kind, **{name: [before[name], after[name]] for name in after}}
    record(verb="catalog.accepted", subject=model, by=by, details=details)
    log.info("catalog.proposal.accepted model=%s kind=%s", model.pk, proposal.kind)
    proposal.delete()
    return model


@transaction.atomic
def leave_proposal(*, proposal: Proposal, by: User) -> None:
    """Leave the catalogue as it is, until the provider says something else."""
    proposal = _lock(proposal)
    proposal.left_at = clock.now()
    proposal.save(update_fields=["left_at"])
    record(verb="catalog.left", subject=proposal.provider, by=by, details={"kind": proposal.kind})


def _lock(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now, locked. Raises Conflict where somebody else has decided, or it has changed."""
    now = Proposal.objects.select_for_update(of=("self",)).select_related("provider")
    found = now.filter(pk=proposal.pk, digest=proposal.digest).first()
    if found is None:
        raise Conflict("This has been decided or has changed meanwhile. Reload the page.")
    return found


def _note_gone(model: ImageModel | None) -> ImageModel:
    if model is None:
        raise Conflict("This model is not in the catalogue any more. Reload the page.")
    model.gone_at = clock.now()
    model.save(update_fields=["gone_at"])
    return model


def _facts(model: ImageModel | None) -> JsonObject:
    if model is None:
        return {"schema": None, "is_offered": False}
    return {"schema": model.schema_id, "is_offered": model.is_offered}


def listed_in(proposal: Proposal) -> ListedModel:
    return ListedModel(proposal.slug, **{name: str(value) for name, value in proposal.listed.items()})


def detail_in(proposal: Proposal) -> ModelDetail:
    return ModelDetail(proposal.input_schema, proposal.example)


def changes_in(proposal: Proposal, model: ImageModel | None) -> list[Change]:
    """Return what a proposal would change, field by field; nothing where no form can be made of it, or it is gone."""
    if proposal.kind == ProposalKind.GONE or proposal.reason:
        return []
    after = normalise(proposal.input_schema, overlay=overlay_for(proposal.provider.slug, proposal.slug))
    if model is None or model.schema is None:
        return describe(after)
    return compare(spec_of(model), after)
