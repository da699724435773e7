"""A model that no list has: an admin gives its id and its schema, pasted or as a file."""

import json

from django.db import transaction

from studio.audit.actions import record
from studio.catalog.actions import link_twins
from studio.catalog.models import ImageModel, Provider
from studio.catalog.plain import object_of
from studio.catalog.syncing import find_fault, in_writing, store_model
from studio.kit.errors import Conflict, Invalid
from studio.kit.wire import JsonObject, JsonValue, broken_character
from studio.people.models import User
from studio.providers.types import ListedModel, ModelDetail

MOST_BYTES = 256 * 1024


def read_schema(text: str) -> JsonObject:
    """Read a JSON schema. Raises Invalid with a sentence that says where it is no JSON."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Invalid(f"The schema is larger than {MOST_BYTES // 1024} KB.")
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Invalid(f"This is no JSON: see line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Invalid("This is nested too deeply to be read.") from error
    except ValueError as error:
        raise Invalid("This is no JSON that can be read.") from error
    if not isinstance(value, dict):
        raise Invalid("This is no JSON object, so it is no schema.")
    if broken := broken_character(value):
        what = "a NUL character" if broken == "\0" else f"half a character (\\u{ord(broken):x})"
        raise Invalid(f"The schema contains {what}, which can’t be kept.")
    return value


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(name)


def check_can_add(provider: Provider, slug: str) -> None:
    """Raise Conflict where the provider has a model of this id already."""
    if known := provider.models.filter(slug=slug).first():
        raise Conflict(f"{provider.name} has a model with this id already: {known.name}.")


def check_schema_of(provider: Provider, slug: str, schema: JsonObject) -> ModelDetail:
    """Return the schema as it is kept. Raises Invalid where no form can be made of it."""
    example = object_of(schema.get("example"))
    detail = in_writing(ModelDetail(schema, example))
    if fault := find_fault(provider, slug, detail):
        raise Invalid(fault)
    return detail


@transaction.atomic
def add_model(
    *, provider: Provider, slug: str, name: str, vendor: str, schema: JsonObject, by: User
) -> ImageModel:
    """Add a model by hand; from then on it is one like any other. Raises Conflict, or Invalid for its schema."""
    provider = Provider.objects.select_for_update().get(pk=provider.pk)
    check_can_add(provider, slug)
    detail = check_schema_of(provider, slug, schema)
    model = store_model(provider, ListedModel(slug, name, vendor), detail, None)
    model.is_handmade = True
    model.save(update_fields=["is_handmade"])
    provider.proposals.filter(slug=slug).delete()
    link_twins(provider)
    model.refresh_from_db(fields=["twin_of"])
    record(verb="model.added", subject=model, by=by, details={"schema": [None, model.schema_id]})
    return model
