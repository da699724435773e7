"""JSON Schema -> Spec: what a model's input looks like to a person. Pure, no Django.

`normalise` reads the schemas of the Hub, fal, Replicate and OpenAI as they are. Nothing is dropped: what
can't be drawn is of kind "json", and every value is checked against `Spec.schema` again.
"""

import math
import re
import sys
from dataclasses import replace
from typing import Literal

from studio.catalog.conventions import EVERYDAY, guess_role, takes_images, usual_overlay
from studio.catalog.plain import gather, list_of, make_plain, object_of
from studio.catalog.sizes import SizeRule, read_rule
from studio.catalog.spec import (
    LARGEST_INTEGER,
    Field,
    FieldOverlay,
    Kind,
    Option,
    Overlay,
    Spec,
    key_of,
)
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject, JsonValue

_MAX_NESTING = 6
_OVERLAID = (
    *("role", "title", "help", "minimum", "maximum", "min_length", "max_length", "max_items"),
    *("is_advanced", "unset_label", "size_rule", "preset"),
)
_FILE_FORMATS = {"uri", "binary", "data-uri", "data-url", "uri-reference", "url"}


class UnusableSchema(Invalid):
    """The schema describes no input that a form could ask for."""


def normalise(
    schema: JsonObject, *, overlay: Overlay | None = None, document: JsonObject | None = None
) -> Spec:
    """Return what a model's input schema asks for. `document` is where `$ref`s point, if not into the schema.

    Raises UnusableSchema where there is nothing to ask for.
    """
    overlay = overlay or Overlay()
    plain = make_plain(schema, document or schema)
    properties, required = gather(plain)
    if not properties:
        raise UnusableSchema("The schema has no properties, so there is nothing to ask for.")
    fields = tuple(
        _overlaid(
            _read(name, object_of(properties[name]), is_required=name in required, depth=0),
            overlay.fields.get(name),
        )
        for name in _ordered(plain, properties)
    )
    strict = {each.name: _strict(each, object_of(properties[each.name])) for each in fields}
    pinned = [each.name for each in fields if each.is_pinned and each.name not in required]
    checked: JsonObject = {**plain, "type": "object", "properties": {**strict}}
    checked["required"] = [*required, *pinned]
    checked["additionalProperties"] = False
    return Spec(fields=fields, schema=checked, max_calls=overlay.max_calls)


def humanise(name: str) -> str:
    """Make a title of a field's name: `image_size` and `imageSize` -> Image size."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:].lower() if words else name


def _ordered(schema: JsonObject, properties: JsonObject) -> list[str]:
    """Order the names by x-order (a list, or a number on each property, as at Replicate), then as written."""
    order = schema.get("x-order") or schema.get("x-fal-order-properties")
    names = list(properties)
    if isinstance(order, list):
        place = {name: index for index, name in enumerate(order) if isinstance(name, str)}
        return sorted(names, key=lambda name: place.get(name, len(place)))
    return sorted(names, key=lambda name: _number(object_of(properties[name]).get("x-order")) or 0.0)


def _read(name: str, node: JsonObject, *, is_required: bool, depth: int) -> Field:
    read = _read_shape(name, node, is_required=is_required, depth=depth)
    # A default that the schema itself refuses is left to the provider, like none.
    return read if _takes(read, read.default) else replace(read, default=None)


def _read_shape(name: str, node: JsonObject, *, is_required: bool, depth: int) -> Field:
    base = Field(
        name=name,
        kind="json",
        title=_text(node, "title") or humanise(name),
        help=_text(node, "description"),
        required=is_required,
        default=node.get("default"),
        pattern=_text(node, "pattern"),
        min_length=_whole(node.get("minLength")),
        max_length=_whole(node.get("maxLength")),
        min_items=_whole(node.get("minItems")),
        max_items=_whole(node.get("maxItems")),
        size_rule=_size_rule(node),
    )
    if "const" in node:
        return replace(base, is_hidden=True, fixed=node["const"], default=node["const"])
    if options := _options(node):
        return _read_choice(base, options)
    if depth >= _MAX_NESTING or "enum" in node:
        return base
    branches = [object_of(each) for each in _branches(node)]
    if branches and "properties" not in node:
        variants = tuple(
            _read(_variant_name(each, place), each, is_required=False, depth=depth + 1)
            for place, each in enumerate(branches)
        )
        return _read_variants(base, variants)
    return _read_type(base, node, depth)


def _branches(node: JsonObject) -> list[JsonValue]:
    """Return the forms that a value may have, several types included."""
    types = list_of(node.get("type"))
    return (
        list_of(node.get("oneOf")) or list_of(node.get("anyOf")) or [{**node, "type": each} for each in types]
    )


def _read_choice(base: Field, options: tuple[Option, ...]) -> Field:
    if any(not option.key.strip() for option in options) and (
        base.required or base.default not in (None, "")
    ):
        return base  # in a control an empty text means: left out; here that isn't the same
    # Where there is nothing to choose there is nothing to ask.
    is_settled = base.required and len(options) == 1
    fixed = options[0].value if is_settled else None
    return replace(base, kind="choice", options=options, is_hidden=is_settled, fixed=fixed)


def _read_variants(base: Field, variants: tuple[Field, ...]) -> Field:
    if (several := _one_or_several(variants)) is not None:
        limits = {name: getattr(several, name) for name in ("min_items", "max_items", "item")}
        return replace(base, kind=several.kind, **limits)
    rule = next((each.size_rule for each in variants if each.size_rule), base.size_rule)
    words = _open_choice(variants)
    return replace(base, kind="either", variants=variants, size_rule=rule, examples=words)


def _takes(read: Field, value: JsonValue) -> bool:
    """Tell whether a default can be what its field takes, as far as its kind, options and bounds tell."""
    match read.kind:
        case _ if value is None:
            return True
        case "choice":
            return any(option.value == value for option in read.options)
        case "integer" | "number":
            number = _number(value) if abs(_number(value) or 0) <= LARGEST_INTEGER else None
            least, most = read.minimum, read.maximum
            return (
                number is not None and (least is None or number >= least) and (most is None or number <= most)
            )
        case "boolean":
            return isinstance(value, bool)
        case "string" | "file":
            return isinstance(value, str)
        case "strings" | "files":
            return isinstance(value, str | list)
        case _:
            return True


def _read_type(base: Field, node: JsonObject, depth: int) -> Field:
    match node.get("type") or _implied_type(node):
        case "string":
            is_file = node.get("format") in _FILE_FORMATS or "contentMediaType" in node
            return replace(base, kind="file" if is_file else "string", examples=_examples(node))
        case "integer" | "number" as kind:
            return _bounded(base, node, kind)
        case "boolean":
            return replace(base, kind="boolean")
        case "array":
            return _read_array(base, object_of(node.get("items")), depth)
        case "object" if node.get("properties"):
            return replace(base, kind="object", fields=_read_properties(node, depth))
        case _:
            return base


def _read_array(base: Field, items: JsonObject, depth: int) -> Field:
    item = _read(base.name, {"title": base.title, **items}, is_required=True, depth=depth + 1)
    kinds: dict[Kind, Kind] = {"string": "strings", "file": "files", "object": "objects"}
    kind = kinds.get(item.kind, "strings" if item.kind == "choice" and _is_text(item) else "json")
    return replace(base, kind=kind, item=item, fields=item.fields)


def _read_properties(node: JsonObject, depth: int) -> tuple[Field, ...]:
    properties, required = gather(node)
    return tuple(
        _read(name, object_of(properties[name]), is_required=name in required, depth=depth + 1)
        for name in _ordered(node, properties)
    )


def _options(node: JsonObject) -> tuple[Option, ...]:
    """Read an enum, or a choice among constants, as options; empty where it is neither."""
    given: list[tuple[JsonValue, str]] = [(value, "") for value in list_of(node.get("enum"))]
    for branch in map(object_of, list_of(node.get("oneOf")) or list_of(node.get("anyOf"))):
        if "const" in branch:
            given.append((branch["const"], _text(branch, "title")))
        elif branch.get("enum"):
            given.extend((value, "") for value in list_of(branch["enum"]))
        else:
            return ()
    if not all(isinstance(value, str | int | float) for value, _ in given):
        return ()
    options = dict.fromkeys(
        Option(value, label or label_of(key_of(value)))
        for value, label in given
        if isinstance(value, str | int | float)
    )
    return tuple(options) if len({option.key for option in options}) == len(options) else ()


def _one_or_several(variants: tuple[Field, ...]) -> Field | None:
    """Return the list of a field that takes one text or file, or a list of such: a list is right for any number."""
    kinds = {each.kind: each for each in variants}
    is_pair = kinds.keys() in ({"file", "files"}, {"string", "strings"})
    return (
        next((each for kind, each in kinds.items() if kind in ("files", "strings")), None)
        if is_pair
        else None
    )


def _open_choice(variants: tuple[Field, ...]) -> tuple[str, ...]:
    """Return the options of a choice beside which any other text may be given; empty where it is no such field."""
    if {each.kind for each in variants} != {"string", "choice"}:
        return ()
    return tuple(dict.fromkeys(option.key for each in variants for option in each.options))


def _examples(node: JsonObject) -> tuple[str, ...]:
    """Return the texts that are named as examples: a choice, as it were, of which more is possible."""
    texts = [each for each in list_of(node.get("examples")) if isinstance(each, str) and each.strip()]
    return tuple(dict.fromkeys(texts)) if len(texts) > 1 else ()


def label_of(key: str) -> str:
    """Write an option for people: jpeg -> JPEG, landscape_4_3 -> Landscape 4:3, MINIMAL -> Minimal."""
    if not key:
        return "None"
    if key.lower() in {"jpeg", "jpg", "png", "webp", "avif", "gif", "svg", "hd"}:
        return "WebP" if key.lower() == "webp" else key.upper()
    words = re.sub(r"(?<=\d)_(?=\d)", ":", key).replace("_", " ")
    if words.endswith(" hd"):
        return label_of(key[:-3]) + " HD"
    is_plain = words.replace(" ", "").replace(":", "").isalnum() and len(key) > 2 and not key[0].isdigit()
    return words[:1].upper() + words[1:].lower() if is_plain and (key.islower() or key.isupper()) else key


def _overlaid(read: Field, overlay: FieldOverlay | None) -> Field:
    """Give the field its role and place, then what the overlay says about it."""
    role = guess_role(read)
    is_advanced = role not in EVERYDAY and not read.required
    said: dict[str, object] = {"role": role, "is_advanced": is_advanced}
    for says in filter(None, (usual_overlay(read), overlay)):
        said |= {name: value for name in _OVERLAID if (value := getattr(says, name)) is not None}
        if says.is_hidden:
            said |= {"is_hidden": True, "fixed": says.fixed, "is_pinned": says.is_pinned}
    if role == "count" and not (overlay and overlay.title):
        said["title"] = "Images"
    labels = overlay.labels if overlay else {}
    options = tuple(Option(each.value, labels.get(each.key, each.label)) for each in read.options)
    overlaid = replace(read, options=options, **said)  # type: ignore[arg-type]  # the names are those of Field
    if not _takes(overlaid, overlaid.preset):
        overlaid = replace(overlaid, preset=None)  # a newer schema may not take it any more
    if not takes_images(overlaid, overlaid.role):
        return overlaid
    # People bring pictures, not addresses: "Image URL" is "Image".
    title = re.sub(r"(?<=\w) ur[li](s?)$", r"\1", overlaid.title, flags=re.IGNORECASE)
    return replace(overlaid, takes_images=True, title=title)


def _strict(read: Field, node: JsonObject) -> JsonObject:
    """Return the field's schema with the overlay's limits written into it."""
    strict: JsonObject = {**node}
    limits: dict[str, float | None] = {
        "minLength": read.min_length,
        "maxLength": read.max_length,
        "maxItems": read.max_items,
    }
    if read.kind in ("integer", "number"):
        limits |= {"minimum": read.minimum, "maximum": read.maximum}
    strict |= {name: limit for name, limit in limits.items() if limit is not None}
    if read.is_hidden:
        strict["const"] = read.fixed
    return strict


def _bounded(base: Field, node: JsonObject, kind: Literal["integer", "number"]) -> Field:
    minimum, maximum = _number(node.get("minimum")), _number(node.get("maximum"))
    above, below = _number(node.get("exclusiveMinimum")), _number(node.get("exclusiveMaximum"))
    if kind == "integer":
        lower = [math.ceil(minimum)] if minimum is not None else []
        upper = [math.floor(maximum)] if maximum is not None else []
        lower += [math.floor(above) + 1] if above is not None else []
        upper += [math.ceil(below) - 1] if below is not None else []
        minimum, maximum, above, below = max(lower, default=None), min(upper, default=None), None, None
        if isinstance(base.default, float) and base.default.is_integer():
            base = replace(base, default=int(base.default))
    return replace(
        base,
        kind=kind,
        minimum=minimum,
        maximum=maximum,
        above=above,
        below=below,
        step=_number(node.get("multipleOf")),
    )


def _size_rule(node: JsonObject) -> SizeRule | None:
    constraints = object_of(node.get("x-constraints"))
    width = object_of(object_of(node.get("properties")).get("width"))
    return read_rule(constraints, min_edge=_number(width.get("minimum"))) if constraints else None


def _implied_type(node: JsonObject) -> str:
    if "properties" in node:
        return "object"
    return "array" if "items" in node else ""


def _variant_name(node: JsonObject, place: int) -> str:
    return _text(node, "title") or str(node.get("type") or f"variant {place + 1}")


def _is_text(read: Field) -> bool:
    return all(isinstance(option.value, str) for option in read.options)


def _text(node: JsonObject, key: str) -> str:
    value = node.get(key)
    return value.strip() if isinstance(value, str) else ""


def _number(value: JsonValue) -> float | None:
    """Return a number that can be reckoned with; an integer beyond all floating-point numbers is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= sys.float_info.max else None


def _whole(value: JsonValue) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None
