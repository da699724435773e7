"""What all tables of ours hold, to be compared before and after."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from studio.generation.models import Upload
from studio.people.models import Portrait

# What is made anew each time: only whether it is there is compared.
RANDOM = (
    "digest",
    "email",
    "file",
    "nonce",
    "password",
    "secret",
    "sha256",
    "fingerprint",
    "picture",
    "size_bytes",
    "payload",
)
# So is every time before this one.
LATER = date(2031, 5, 1)

Tables = dict[tuple[str, Any], dict[str, Any]]


def table_rows() -> Tables:
    """Return the columns of every row, by its table and key, without what differs from one run to the next."""
    return {
        (model.__name__, row.pk): dict(_kept(row))
        for model in apps.get_app_config("studio").get_models()
        for row in model._base_manager.order_by("pk")
    }


def _kept(row: Model) -> Iterator[tuple[str, Any]]:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        is_random = isinstance(value, UUID) or any(word in field.name for word in RANDOM)
        is_random |= isinstance(row, Upload | Portrait) and field.name == "name"
        is_now = isinstance(value, date) and value.year < LATER.year
        yield field.attname, bool(value) if is_random or is_now else value
