"""Installs the catalogue from its data files, pairs twins, and says where a provider is reached."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from studio.audit.actions import record
from studio.catalog.models import ImageModel, ModelSchema, Provider
from studio.catalog.plain import object_of
from studio.catalog.queries import roles_of, spec_of
from studio.catalog.values import shorten
from studio.kit.addresses import check_base_url
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject
from studio.providers.registry import adapter_for

log = logging.getLogger(__name__)

_DATA = Path(__file__).parent / "data"
# How the data files call a provider: its slug.
_PROVIDERS = {"mountsea-hub": "mountsea", "modelstream": "modelstream"}
# What an editing model's slug has more than its twin's.
_EDITS = re.compile(r"[-/_.]edit$")
_NAMES = {"mountsea": "Mountsea Hub"}


class InvalidHost(Invalid):
    """What should be reached by plain http or at a private address is not of the form host:port."""


@transaction.atomic
def install_catalog() -> None:
    """Install the providers and the documented models; what is there already stays, with its address.

    A model gets a new schema version only when its schema or example has changed.
    """
    for slug, documents in _documents().items():
        adapter = adapter_for(slug)
        provider, _ = Provider.objects.get_or_create(
            slug=slug,
            defaults={"name": _NAMES.get(slug, adapter.name), "base_url": adapter.default_base_url},
        )
        # Two processes that install at once do so one after the other.
        Provider.objects.select_for_update().get(pk=provider.pk)
        _install_missing(provider, documents)
        models = {model.slug: model for model in provider.models.select_related("schema")}
        for document in documents:
            _install_model(models[str(document["model"])], document)
        link_twins(provider)


def link_twins(provider: Provider) -> None:
    """Make one entry of each pair of models of which one makes images and the other edits them.

    They are called `X` and `X-edit`; the first takes no references, the second needs them.
    """
    models = list(provider.models.filter(schema__isnull=False).select_related("provider", "schema"))
    by_slug = {model.slug: model for model in models}
    taken: set[int] = set()
    for edit in sorted(models, key=lambda model: model.slug):
        maker = by_slug.get(_EDITS.sub("", edit.slug))
        is_pair = maker is not None and maker.pk not in taken and _are_twins(maker, edit)
        twin_id = maker.pk if maker and is_pair else None
        taken |= {twin_id} if twin_id else set()
        if edit.twin_of_id != twin_id:
            ImageModel.objects.filter(pk=edit.pk).update(twin_of=twin_id)
            if maker and is_pair:
                _offer_alike(maker, edit)


def _offer_alike(maker: ImageModel, edit: ImageModel) -> None:
    """Offer a new twin where its maker is: an entry of the picker is there as a whole or not at all."""
    ImageModel.objects.filter(pk=edit.pk).update(
        is_enabled=maker.is_enabled and edit.is_enabled, is_for_everyone=maker.is_for_everyone
    )
    edit.projects.set(maker.projects.all())


def _are_twins(maker: ImageModel, edit: ImageModel) -> bool:
    references = spec_of(edit).with_role("references")
    return references is not None and references.required and "references" not in roles_of(maker)


@transaction.atomic
def set_provider(
    *, slug: str, base_url: str, allowed_hosts: Sequence[str] = (), by: AbstractBaseUser | None = None
) -> Provider:
    """Say where a provider is reached, and which "host:port" may be plain http or private.

    Raises UnknownProvider, InvalidHost or AddressRefused.
    """
    adapter_for(slug)
    install_catalog()
    provider = Provider.objects.select_for_update().get(slug=slug)
    hosts = [_checked_host(host) for host in dict.fromkeys(allowed_hosts)]
    provider.base_url, provider.allowed_hosts = check_base_url(base_url.strip(), hosts), hosts
    provider.save(update_fields=["base_url", "allowed_hosts"])
    record(verb="provider.set", subject=provider, by=by, details={"allowed_hosts": len(hosts)})
    log.info("catalog.provider.set provider=%s", provider.pk)
    return provider


def _checked_host(host: str) -> str:
    host = host.strip().lower()
    found = re.fullmatch(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]):([0-9]{1,5})", host)
    if found is None or not 0 < int(found[1]) < 65_536:
        raise InvalidHost(f"“{shorten(host)}” is not of the form host:port, such as localhost:8080.")
    return host


def digest_of(input_schema: JsonObject, example: JsonObject) -> str:
    """Return what tells one version of a model's schema from another."""
    return sha256(json.dumps([input_schema, example]).encode()).hexdigest()


def add_version(model: ImageModel, input_schema: JsonObject, example: JsonObject) -> tuple[ModelSchema, bool]:
    """Return the model's version with this schema and example, and whether it is new."""
    if model.schema and model.schema.says(input_schema, example):
        return model.schema, False
    digest = digest_of(input_schema, example)
    if (known := model.schemas.filter(digest=digest).first()) is not None:
        return known, False
    newest = model.schemas.aggregate(version=Max("version"))["version"] or 0
    schema = ModelSchema.objects.create(
        model=model, version=newest + 1, digest=digest, input_schema=input_schema, example=example
    )
    log.info("catalog.schema.added model=%s version=%s", model.pk, schema.version)
    return schema, True


@cache
def _documents() -> Mapping[str, tuple[JsonObject, ...]]:
    """Return what the data files say of each provider's models: provider's slug -> documents."""
    found: dict[str, list[JsonObject]] = {slug: [] for slug in _PROVIDERS.values()}
    for path in sorted(_DATA.glob("*.json")):
        document = object_of(json.loads(path.read_text(encoding="utf-8")))
        found[_PROVIDERS[str(document["provider"])]].append(document)
    return {slug: tuple(documents) for slug, documents in found.items()}


def _install_missing(provider: Provider, documents: Sequence[JsonObject]) -> None:
    """Add the models that the provider lacks, each with the first version of its schema, in few queries."""
    known = set(provider.models.values_list("slug", flat=True))
    missing = [document for document in documents if document["model"] not in known]
    models = ImageModel.objects.bulk_create(
        ImageModel(provider=provider, slug=str(data["model"]), name=str(data["name"]), **_about(data))
        for data in missing
    )
    schemas = [
        ModelSchema(model=model, version=1, digest=digest_of(*said), input_schema=said[0], example=said[1])
        for model, said in zip(models, map(_said, missing), strict=True)
    ]
    for model, schema in zip(models, ModelSchema.objects.bulk_create(schemas), strict=True):
        model.schema = schema
    ImageModel.objects.bulk_update(models, ["schema"])
    if models:
        log.info("catalog.models.installed provider=%s models=%s", provider.pk, len(models))


def _install_model(model: ImageModel, data: JsonObject) -> None:
    """Let a model say what its document says; its schema gets a new version only when it has changed."""
    before = model.schema_id, model.name, {name: getattr(model, name) for name in _about(data)}
    for name, value in _about(data).items():
        setattr(model, name, value)
    model.name = model.own_name or model.listed_name
    schema, is_new = add_version(model, *_said(data))
    # A schema that is known already may have been followed by the provider's own.
    if is_new or model.schema_id is None:
        model.schema = schema
    if (model.schema_id, model.name, _about(data)) != before:
        model.save(update_fields=["schema", "name", *_about(data)])


def _about(data: JsonObject) -> dict[str, str]:
    about = {name: str(data.get(name, "")) for name in ("vendor", "mode", "description")}
    return {**about, "listed_name": str(data["name"])}


def _said(data: JsonObject) -> tuple[JsonObject, JsonObject]:
    return object_of(data["input_schema"]), object_of(data.get("example"))
