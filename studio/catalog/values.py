"""Text -> typed value, as the spec of a field says: for forms and for `--set name=value`. Pure, no Django."""

import json
import math
import re
from collections.abc import Iterable, Sequence

from studio.catalog.markers import read_image, write_image
from studio.catalog.plain import list_of
from studio.catalog.spec import Field, Option, Spec, key_of
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject, JsonValue

_SHOWN_LENGTH = 60
_DEEPEST = 50
_WORDS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


class InvalidValue(Invalid):
    """The text is no value of the field."""


def parse_value(field: Field, text: str) -> JsonValue:
    """Read a field's value; None where the text is blank, which means: leave the field out.

    Raises InvalidValue with a sentence.
    """
    given, text = text, text.replace("\r\n", "\n").strip()
    if not text:
        return None
    if field.takes_images:
        return _parse_images(field, text)
    match field.kind:
        case "string" | "file":
            return text
        case "choice":
            return _parse_choice(field, given)
        case "integer":
            return _parse_integer(field, text)
        case "number":
            return _parse_number(field, text)
        case "boolean":
            return _parse_boolean(field, text)
        case "strings" | "files":
            return _parse_strings(field, text)
        case _:
            return _parse_json(field, text)


def values_from_pairs(spec: Spec, pairs: Sequence[str]) -> JsonObject:
    """Read "name=value" pairs as the spec types them; JSON for lists and objects.

    Raises InvalidValue for what is no pair, an unknown name, or a wrong value.
    """
    values: JsonObject = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise InvalidValue(f"“{shorten(pair)}” is not of the form name=value.")
        field = spec.find(name)
        if field is None or field.is_hidden:
            names = enumerate_words([each.name for each in spec.shown], last="and")
            raise InvalidValue(f"This model has no parameter “{shorten(name)}”. It has {names}.")
        value = parse_value(field, text)
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return values


def complete(spec: Spec, values: JsonObject) -> JsonObject:
    """Return the input in the schema's order, with what the form begins with for what isn't given.

    Left out: empty texts, switches that are off by default, and hidden fields that are neither required nor pinned.
    """
    given: JsonObject = {}
    for field in spec.fields:
        if field.name in values:
            given[field.name] = values[field.name]
        elif field.is_hidden:
            if field.required or field.is_pinned:
                given[field.name] = field.fixed
        elif is_said(field, field.start):
            given[field.name] = field.start
    unknown = {name: value for name, value in values.items() if name not in given}
    return {**given, **unknown}


def is_said(field: Field, value: JsonValue) -> bool:
    """Whether a value is worth sending: not what is empty, and no switch that is off by default and off.

    A required field is sent whatever it says.
    """
    if value is None or field.required:
        return value is not None
    return value not in ("", []) and not (value is False and field.default is False)


def enumerate_words(words: Sequence[str], *, last: str = "or") -> str:
    """Join words for a sentence: a, b or c."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def shorten(text: str) -> str:
    """Cut a user's text to what fits in a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def choose_sentence(field: Field, given: str) -> str:
    """Say that a choice has no such option, and which it has."""
    options = enumerate_words([option.key for option in field.options])
    return f"{field.title} has no option “{shorten(given)}”. Choose {options}."


def _parse_choice(field: Field, text: str) -> JsonValue:
    option = find_option(field, text) or find_option(field, text.strip())
    if option is None:
        raise InvalidValue(choose_sentence(field, text))
    return option.value


def find_option(field: Field, key: str) -> Option | None:
    return next((option for option in field.options if option.key == key), None)


def _parse_integer(field: Field, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,25}", text):
        raise InvalidValue(f"{field.title} must be a whole number, not “{shorten(text)}”.")
    return int(text)


def _parse_number(field: Field, text: str) -> float:
    if re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return int(text)
    try:
        number = float(text) if len(text) <= _SHOWN_LENGTH and "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValue(f"{field.title} must be a number, not “{shorten(text)}”.")
    return number


def _parse_boolean(field: Field, text: str) -> bool:
    value = _WORDS.get(text.lower())
    if value is None:
        raise InvalidValue(f"{field.title} must be true or false, not “{shorten(text)}”.")
    return value


def _parse_strings(field: Field, text: str) -> JsonValue:
    """Read a JSON list, or one text a line."""
    if text.startswith("["):
        return _parse_json(field, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _parse_images(field: Field, text: str) -> JsonValue:
    """Read a JSON list, or one image a line: `upload:12` or an address."""
    if text.startswith("["):
        return _parse_json(field, text)
    images = [read_image(line.strip()) for line in text.splitlines() if line.strip()]
    if field.kind in ("files", "strings"):
        return images
    if len(images) > 1:
        raise InvalidValue(f"{field.title} takes one image; these are {len(images)}.")
    return images[0]


def _parse_json(field: Field, text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        if field.kind == "either" and any(each.kind in ("string", "choice") for each in field.variants):
            return text
        raise InvalidValue(f"{field.title} must be written as JSON, and this isn't JSON.") from None
    if not _is_shallow(value):
        raise InvalidValue(f"{field.title} is nested too deeply.")
    return value


def _is_shallow(value: JsonValue) -> bool:
    """Tell whether a value can be walked through without an end of the stack."""
    level: list[JsonValue] = [value]
    for _ in range(_DEEPEST):
        level = [below for each in level for below in _below(each)]
    return not level


def _below(value: JsonValue) -> Iterable[JsonValue]:
    return value.values() if isinstance(value, dict) else list_of(value)


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(name)


def to_text(field: Field, value: JsonValue) -> str:
    """Write a value as its control holds it; what `parse_value` reads back."""
    if value is None:
        return ""
    if field.takes_images:
        value = [write_image(each) for each in value] if isinstance(value, list) else write_image(value)
    if isinstance(value, list) and (field.takes_images or field.kind in ("strings", "files")):
        lines = [each for each in value if isinstance(each, str)]
        if len(lines) == len(value) and all(_is_plain_line(line) for line in lines):
            return "\n".join(lines)
    if isinstance(value, dict | list) or field.kind in ("json", "object", "objects"):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if field.kind == "either" and isinstance(value, str) and _reads_as_json(value):
        return json.dumps(value, ensure_ascii=False)
    return key_of(value)


def _is_plain_line(line: str) -> bool:
    return bool(line) and line == line.strip() and len(line.splitlines()) == 1 and not line.startswith("[")


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def parsed_json(text: str) -> JsonValue:
    """Return the JSON in a text, None where it is none."""
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
