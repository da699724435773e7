"""Checks an input before it is sent, against the schema with the overlay's limits in it; answers in sentences.

The page and the command line both come through here. Uploads stand in the input as {"upload": id}.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from studio.catalog.markers import is_address, write_image
from studio.catalog.models import ImageModel
from studio.catalog.plain import list_of, object_of
from studio.catalog.queries import spec_of
from studio.catalog.schema import UnusableSchema, humanise
from studio.catalog.sizes import read_size, size_fault
from studio.catalog.spec import LARGEST_INTEGER, Field, Spec
from studio.catalog.values import choose_sentence, shorten
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject, JsonValue

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of named values (a JSON object)",
}
_MISFIT = "These settings don't fit together. See the model's documentation."


class InvalidInput(Invalid):
    """The input can't be sent. `errors` has one sentence for each field that is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def check_input(model: ImageModel, given: JsonObject) -> None:
    """Check what would be sent to a model.

    Raises InvalidInput.
    """
    if errors := find_errors(spec_of(model), given):
        raise InvalidInput(errors)


def find_errors(spec: Spec, given: JsonObject) -> dict[str, str]:
    """Return a sentence for each field of the input that is wrong; empty if it may be sent."""
    errors: dict[str, str] = {}
    for name, value in given.items():
        field = spec.find(name) or Field(name=name, kind="json", title=humanise(name))
        if sentence := _find_unsendable(field, value):
            errors[name] = sentence
    plain: JsonObject = {name: _without_markers(spec.find(name), value) for name, value in given.items()}
    for error in sorted(_validator(spec).iter_errors(plain), key=_depth):
        for name, sentence in [*_sentences(spec, error)] or [("", _MISFIT)]:
            errors.setdefault(name, sentence)
    return errors


def check_schema(spec: Spec) -> None:
    """Check that inputs can be judged by what the spec was read from. Raises UnusableSchema with the reason."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(spec.schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        raise UnusableSchema(
            f"This is not a valid JSON Schema: {shorten(place)}: {shorten(error.message)}."
        ) from error


@lru_cache(maxsize=128)
def _validator(spec: Spec) -> "Validator":
    # Imported late: it costs 15 MB and 0.2 s, and most processes never check an input.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    checker: type[Validator] = extend(Draft202012Validator, {"multipleOf": _find_remainder})  # type: ignore[no-untyped-call]
    return checker(spec.schema)


def _find_remainder(
    validator: "Validator", step: float, value: JsonValue, _schema: JsonObject
) -> "Iterator[ValidationError]":
    """Check `multipleOf` by the decimal numbers as they are written: as binary ones 0.3 is no multiple of 0.1."""
    from jsonschema import ValidationError

    is_endless = isinstance(value, float) and not math.isfinite(value)
    if validator.is_type(value, "number") and (is_endless or Fraction(str(value)) % Fraction(str(step))):
        yield ValidationError(f"{value} is no multiple of {step}")


def _without_markers(field: Field | None, value: JsonValue) -> JsonValue:
    """Put addresses in place of uploads, as the provider will see them."""
    if field is None or not field.takes_images:
        return value
    return [write_image(each) for each in value] if isinstance(value, list) else write_image(value)


def _find_unsendable(field: Field, value: JsonValue) -> str:
    """Say what no provider could be sent: no words, broken text, endless numbers, no files, no size of the model."""
    if field.role == "prompt" and isinstance(value, str) and not value.strip():
        return missing_sentence(field)
    for text in _texts(value):
        if "\0" in text:
            return f"{field.title} contains a NUL character, which can't be sent. Remove it."
        if re.search("[\ud800-\udfff]", text):
            return f"{field.title} contains broken characters, which can't be sent. Type them again."
    if any(abs(number) > LARGEST_INTEGER for number in _numbers(value)):
        return f"{field.title} is too large a number."
    if field.takes_images or field.kind in ("file", "files"):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not is_address(each):
                return f"{field.title} takes files or addresses, and “{shorten(each)}” is neither."
    rule = field.size_rule
    size = read_size(value, rule.separator) if rule else None
    return size_fault(rule, *size) if rule and size else ""


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _texts(value: JsonValue) -> Iterable[str]:
    return (each for each in _leaves(value) if isinstance(each, str))


def _numbers(value: JsonValue) -> Iterable[float]:
    return (each for each in _leaves(value) if isinstance(each, int | float))


def _depth(error: "ValidationError") -> int:
    return len(error.absolute_path)


def _sentences(spec: Spec, error: "ValidationError") -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for one finding of the validator; nothing where it concerns no field by itself."""
    path = list(error.absolute_path)
    value: JsonValue = error.instance  # type: ignore[assignment]  # typed as possibly unset; here it never is
    limit: JsonValue = error.validator_value  # type: ignore[assignment]
    if path:
        name = str(path[0])
        field = spec.find(name) or Field(name=name, kind="json", title=humanise(name))
        yield name, _sentence(_at(field, path[1:]), str(error.validator), limit, value)
    elif error.validator == "required":
        for field in spec.fields:
            if field.name in list_of(limit) and field.name not in object_of(value):
                yield field.name, missing_sentence(field)
    elif error.validator == "additionalProperties":
        for name in object_of(value):
            if spec.find(name) is None:
                yield name, f"This model has no parameter “{shorten(name)}”."


def missing_sentence(field: Field) -> str:
    """Say that a required field is empty."""
    if field.role == "prompt":
        return "Write a prompt."
    if field.takes_images:
        return f"{field.title}: add {'an' if field.most_images == 1 else 'at least one'} image."
    return f"{field.title} is needed."


def _at(field: Field, path: list[str | int]) -> Field:
    """Return the field below `field` that a path leads to, as far as it is known."""
    for step in path:
        below = (
            field.item if isinstance(step, int) else next((f for f in field.fields if f.name == step), None)
        )
        if below is None:
            return field
        field = below
    return field


def _sentence(field: Field, rule: str, limit: JsonValue, value: JsonValue) -> str:
    title = field.title
    match rule:
        case "type":
            kind = limit if isinstance(limit, str) else ""
            return f"{title} must be {_TYPES.get(kind, 'of another type')}, not “{shorten(_written(value))}”."
        case "enum":
            return (
                choose_sentence(field, _written(value)) if field.options else f"{title} has no such option."
            )
        case "const":
            return f"{title} can't be changed here."
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return f"{title} must be {_range(field, rule, limit)}."
        case "multipleOf":
            return f"{title} must be a multiple of {limit}."
        case "minLength" | "maxLength":
            return _length_sentence(field, rule, limit, value)
        case "minItems" | "maxItems":
            return _items_sentence(field, rule, limit, value)
        case "required":
            return f"{title} is incomplete: something that it needs is missing."
        case _:
            return f"{title} doesn't have the form that the model expects." + (
                f" {field.help}" * bool(field.help)
            )


def _written(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _range(field: Field, rule: str, limit: JsonValue) -> str:
    if field.minimum is not None and field.maximum is not None:
        return f"from {field.minimum:,} to {field.maximum:,}"
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    return f"{words[rule]} {limit}"


def _length_sentence(field: Field, rule: str, limit: JsonValue, value: JsonValue) -> str:
    length = len(value) if isinstance(value, str) else 0
    bound = "at least" if rule == "minLength" else "at most"
    return f"{field.title} must have {bound} {limit:,} characters; this has {length:,}."


def _items_sentence(field: Field, rule: str, limit: JsonValue, value: JsonValue) -> str:
    things = "images" if field.takes_images else "entries"
    bound = "at least" if rule == "minItems" else "at most"
    return f"{field.title}: {bound} {limit} {things}; these are {len(list_of(value))}."
