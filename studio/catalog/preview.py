"""How a JSON schema would be drawn, as rows: for `preview_schema`. Asks no database."""

import json
from pathlib import Path
from typing import TypedDict

from studio.catalog.plain import look_up
from studio.catalog.schema import UnusableSchema, normalise
from studio.catalog.spec import Field
from studio.catalog.validation import check_schema
from studio.catalog.values import shorten
from studio.kit.wire import JsonObject, JsonValue

_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "above": "exclusiveMinimum",
    "below": "exclusiveMaximum",
    "step": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "pattern": "pattern",
}


class Row(TypedDict):
    """One property. `fields` are those of an object, of an array's objects, or of an object among the variants."""

    name: str
    kind: str
    required: bool
    hidden: bool
    default: JsonValue
    options: list[JsonValue]
    bounds: JsonObject
    fields: list["Row"]


def read_document(path: Path) -> JsonObject:
    """Return the JSON object in a file. Raises UnusableSchema."""
    try:
        document: JsonValue = json.loads(path.read_bytes())
    except OSError as error:
        raise UnusableSchema(f"{path} can't be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnusableSchema(f"{path} is not JSON: see {where}.") from error
    except UnicodeDecodeError as error:
        raise UnusableSchema(f"{path} is not JSON, nor text at all.") from error
    except RecursionError as error:
        raise UnusableSchema(f"{path} is nested too deeply to be read.") from error
    if not isinstance(document, dict):
        raise UnusableSchema(f"{path} holds no JSON object, so it is no schema.")
    return document


def preview(document: JsonObject, *, root: str = "") -> list[Row]:
    """Return a row for each property of the schema at `root`, a JSON pointer into the document.

    Raises UnusableSchema.
    """
    spec = normalise(_find(document, root), document=document)
    check_schema(spec)
    return [_row(field) for field in spec.fields]


def _find(document: JsonObject, pointer: str) -> JsonObject:
    steps = pointer.removeprefix("#").strip("/")
    place = look_up(document, f"/{steps}" if steps else "")
    if not isinstance(place, dict):
        raise UnusableSchema(f"There is no schema at {shorten(pointer)} in this document.")
    return place


def _row(field: Field) -> Row:
    parts = [field, *field.variants, *([field.item] if field.item else [])]
    limits = {word: getattr(field, name) for name, word in _BOUNDS.items()}
    nested = {below.name: below for part in parts for below in part.fields}
    return Row(
        name=field.name,
        kind=field.kind,
        required=field.required,
        hidden=field.is_hidden,
        default=field.default,
        options=[option.value for part in parts for option in part.options],
        bounds={word: limit for word, limit in limits.items() if limit not in (None, "")},
        fields=[_row(below) for below in nested.values()],
    )
