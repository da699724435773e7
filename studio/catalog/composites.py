"""Controls made of several: a size, a group, a list of groups. Each part is named `<control>.<part>`.

What the parts hold is folded into the one text of the whole control, as if that had been typed, so everything
else knows of one text for each field. Nothing is sent for a part that is left blank.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from django.utils.datastructures import MultiValueDict

from studio.catalog.spec import Field, Option
from studio.catalog.values import InvalidValue, parse_value, to_text
from studio.kit.wire import JsonObject, JsonValue

Shape = Literal["", "size", "group", "repeat"]
PRESET = "preset"
CUSTOM = "@custom"
_EDGES = ("width", "height")


def shape_of(field: Field) -> Shape:
    """Tell whether a field is drawn as several controls, and as which."""
    if field.kind == "string" and field.size_rule and field.size_rule.separator:
        return "size"
    if field.kind == "either" and presets_of(field) is not None:
        return "size"
    if all(part.is_hidden for part in field.fields):
        return ""
    return "group" if field.kind == "object" else "repeat" if field.kind == "objects" else ""


def presets_of(field: Field) -> Field | None:
    """Return the named sizes of a field that takes those or a width and a height; None if it is no such field."""
    choices = [each for each in field.variants if each.kind == "choice"]
    sizes = [each for each in field.variants if {part.name for part in each.fields} == set(_EDGES)]
    return choices[0] if len(choices) == len(sizes) == 1 and len(field.variants) == 2 else None


def parts_of(field: Field) -> dict[str, Field]:
    """Return the fields of the parts by name: what isn't filled is not sent, so none of them has a default."""
    if shape_of(field) != "size":
        return {
            part.name: _unset(part, is_in_list=field.kind == "objects")
            for part in field.fields
            if not part.is_hidden
        }
    sizes = [each for each in field.variants if each.fields]
    edges = {part.name: part for each in sizes for part in each.fields}
    return {
        name: replace(edges.get(name, Field(name, "integer", name.title())), default=None, required=False)
        for name in _EDGES
    }


def text_of(field: Field, name: str, data: Mapping[str, object]) -> str | None:
    """Return what the control says as one text; None where it wasn't in the request at all."""
    if field.takes_images:
        return lines_of(name, data)
    if (raw := data.get(name)) is not None:
        return str(raw)
    if not shape_of(field) or not any(key.startswith(f"{name}.") for key in data):
        return None
    value = _fold(field, name, data)
    return value if isinstance(value, str) else to_text(field, value)


def lines_of(name: str, data: Mapping[str, object]) -> str | None:
    """Return the images of a control that may occur several times, one a line."""
    if name not in data:
        return None
    values = data.getlist(name) if isinstance(data, MultiValueDict) else data[name]
    return "\n".join(map(str, values)) if isinstance(values, list | tuple) else str(values)


def is_part(field: Field, path: str) -> bool:
    """Tell whether `path`, what follows the control's name, leads to one of its parts."""
    shape = shape_of(field)
    if shape == "repeat":
        found = re.fullmatch(r"\.[0-9]{1,4}(\..+)", path)
        return found is not None and is_part(replace(field, kind="object"), found[1])
    if shape == "size" and path == f".{PRESET}":
        return True
    # The names of parts may have dots of their own.
    wholes = {f".{name}": part for name, part in parts_of(field).items()} if shape else {}
    return any(
        path == whole or (path.startswith(f"{whole}.") and is_part(part, path.removeprefix(whole)))
        for whole, part in wholes.items()
    )


def rows_of(name: str, data: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the rows of a list of groups, in order."""
    pattern = re.compile(re.escape(name) + r"\.([0-9]{1,4})\.")
    numbers = {int(found[1]) for key in data if (found := pattern.match(key))}
    yield from (f"{name}.{number}" for number in sorted(numbers))


def _fold(field: Field, name: str, data: Mapping[str, object]) -> JsonValue:
    match shape_of(field):
        case "size":
            return _fold_size(field, name, data)
        case "repeat":
            rows: list[JsonValue] = [_fold_group(field, row, data) for row in rows_of(name, data)]
            return [row for row in rows if row] or None
        case _:
            return _fold_group(field, name, data) or None


def _fold_group(field: Field, name: str, data: Mapping[str, object]) -> JsonObject:
    found = {part.name: _fold_part(part, f"{name}.{part.name}", data) for part in parts_of(field).values()}
    said = {key: value for key, value in found.items() if value is not None}
    settled = {part.name: part.fixed for part in field.fields if part.is_hidden and part.required}
    return {**settled, **said} if said else {}


def _fold_part(part: Field, name: str, data: Mapping[str, object]) -> JsonValue:
    text = text_of(part, name, data)
    try:
        return parse_value(part, text or "")
    except InvalidValue:
        return text  # no value of its kind: the schema will say so, and the form shows it again


def _fold_size(field: Field, name: str, data: Mapping[str, object]) -> JsonValue:
    preset = data.get(f"{name}.{PRESET}")
    if preset is not None and preset != CUSTOM:
        return str(preset)
    edges = _fold_group(field, name, data)
    separator = field.size_rule.separator if field.size_rule else ""
    if field.kind == "string":
        return separator.join(str(edges.get(edge, "")) for edge in _EDGES) if edges else ""
    return edges if preset == CUSTOM else edges or None


def _unset(part: Field, *, is_in_list: bool) -> Field:
    usual = f"Default ({_said(part)})" if part.default is not None else part.unset_label
    part = replace(
        part, default=None, usual=part.default, unset_label=usual, required=part.required and not is_in_list
    )
    if part.kind != "boolean":
        return part
    return replace(part, kind="choice", options=(Option(True, "On"), Option(False, "Off")))


def _said(part: Field) -> str:
    if isinstance(part.default, bool):
        return "on" if part.default else "off"
    label = next((option.label for option in part.options if option.value == part.default), None)
    return label or to_text(part, part.default)
