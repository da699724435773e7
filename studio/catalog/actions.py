"""Installs the catalogue from its data files, and says where a provider is reached."""

import json
import logging
import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from studio.audit.actions import record
from studio.catalog.models import ImageModel, ModelSchema, Provider
from studio.catalog.plain import object_of
from studio.catalog.values import shorten
from studio.kit.addresses import check_base_url
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject
from studio.providers.registry import adapter_for

log = logging.getLogger(__name__)

_DATA = Path(__file__).parent / "data"
# The data files that are offered: provider's slug -> files. The others wait for references and masks.
_OFFERED = {
    "mountsea": (
        "mountsea-hub.nano-banana-2.json",
        "mountsea-hub.nano-banana.json",
        "mountsea-hub.nano-banana-pro.json",
        "mountsea-hub.gpt-image-2.json",
    ),
    "modelstream": (
        "modelstream.NB2.json",
        "modelstream.gpt-image-2.json",
        "modelstream.I4G1.json",
        "modelstream.z-image-turbo.json",
    ),
}
NOT_OFFERED = "Studio does not offer this model yet."
_NAMES = {"mountsea": "Mountsea Hub"}


class InvalidHost(Invalid):
    """What should be reached by plain http or at a private address is not of the form host:port."""


@transaction.atomic
def install_catalog() -> None:
    """Install the providers and the offered models; what is there already stays, with its address.

    A model gets a new schema version only when its schema or example has changed.
    """
    for slug, files in _OFFERED.items():
        adapter = adapter_for(slug)
        provider, _ = Provider.objects.get_or_create(
            slug=slug,
            defaults={"name": _NAMES.get(slug, adapter.name), "base_url": adapter.default_base_url},
        )
        for file in files:
            _install_model(provider, _read(file))


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


def is_offered(provider_slug: str, model_slug: str) -> bool:
    """Tell whether Studio offers a model of this name."""
    return model_slug in _offered_slugs(provider_slug)


def add_version(model: ImageModel, input_schema: JsonObject, example: JsonObject) -> tuple[ModelSchema, bool]:
    """Return the model's version with this schema and example, and whether it is new."""
    digest = sha256(json.dumps([input_schema, example]).encode()).hexdigest()
    if (known := model.schemas.filter(digest=digest).first()) is not None:
        return known, False
    newest = model.schemas.aggregate(version=Max("version"))["version"] or 0
    schema = ModelSchema.objects.create(
        model=model, version=newest + 1, digest=digest, input_schema=input_schema, example=example
    )
    log.info("catalog.schema.added model=%s version=%s", model.pk, schema.version)
    return schema, True


@cache
def _offered_slugs(provider_slug: str) -> frozenset[str]:
    return frozenset(str(_read(file)["model"]) for file in _OFFERED.get(provider_slug, ()))


def _read(file: str) -> JsonObject:
    return object_of(json.loads((_DATA / file).read_text(encoding="utf-8")))


def _install_model(provider: Provider, data: JsonObject) -> None:
    model, _ = ImageModel.objects.update_or_create(
        provider=provider,
        slug=str(data["model"]),
        defaults={name: str(data.get(name, "")) for name in ("name", "vendor", "mode", "description")},
    )
    if model.disabled_reason == NOT_OFFERED:
        model.is_enabled, model.disabled_reason = True, ""
        model.save(update_fields=["is_enabled", "disabled_reason"])
    schema, is_new = add_version(model, object_of(data["input_schema"]), object_of(data.get("example")))
    # A schema that is known already may have been followed by the provider's own.
    if is_new or model.schema_id is None:
        model.schema = schema
        model.save(update_fields=["schema"])
