"""Makes a JSON schema plain: no `$ref`, no `nullable`, no null branches, `allOf` merged. Pure, no Django.

What comes out accepts the same values, but for null (an empty field is left out, never sent as null) and what
lies below a recursion (accepted as it comes). So one plain schema both draws the form and checks the input.
"""

from urllib.parse import unquote

from studio.kit.wire import JsonObject, JsonValue

_MAX_DEPTH = 24
_MAX_NODES = 20_000
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "deprecated"})
_SCHEMA_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMAS = frozenset(
    {
        *("items", "contains", "unevaluatedItems", "contentSchema", "propertyNames"),
        *("additionalProperties", "unevaluatedProperties", "not", "if", "then", "else"),
    }
)
_DROPPED = frozenset(
    {
        *("$ref", "$defs", "definitions", "$schema", "$id", "nullable", "discriminator"),
        # What only those lead to is not followed, so nothing may be left that asks for it.
        *("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$anchor", "$vocabulary"),
    }
)
# Keywords that mean something only together: taken from one schema or from the other, never mixed.
_FAMILIES = (
    frozenset({"if", "then", "else"}),
    frozenset({"items", "prefixItems"}),
    frozenset({"contains", "minContains", "maxContains"}),
)


def make_plain(schema: JsonObject, document: JsonObject) -> JsonObject:
    """Return `schema` with everything resolved; `$ref`s are looked up in `document`."""
    return _Plainer(document).make(schema, frozenset(), 0)


def object_of(value: JsonValue) -> JsonObject:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: JsonValue) -> list[JsonValue]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def look_up(document: JsonValue, pointer: str) -> JsonValue:
    """Return what a JSON pointer leads to, None where it leads nowhere: https://www.rfc-editor.org/rfc/rfc6901"""
    place = document
    first, *steps = pointer.split("/")
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, list):
            place = place[int(key)] if key.isdecimal() and int(key) < len(place) else None
        else:
            place = object_of(place).get(key)
    return None if first else place


def gather(schema: JsonObject) -> tuple[JsonObject, list[JsonValue]]:
    """Return all properties of an object's plain schema, and which are required whatever the branch.

    A property that only a branch names is one too, and so is one that is only said to be required: nobody could
    fill it otherwise.
    """
    properties, required = _gather(schema)
    return {**{name: {} for name in required if isinstance(name, str)}, **properties}, required


def _gather(schema: JsonObject) -> tuple[JsonObject, list[JsonValue]]:
    properties, required = dict(object_of(schema.get("properties"))), list(list_of(schema.get("required")))
    for key in ("allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"):
        part = schema.get(key)
        branches = [*object_of(part).values()] if key == "dependentSchemas" else list_of(part) or [part]
        for branch in branches:
            more, needed = _gather(branch) if isinstance(branch, dict) else ({}, [])
            properties |= {name: part for name, part in more.items() if name not in properties}
            required += [name for name in needed if key == "allOf" and name not in required]
    return properties, required


class _Plainer:
    def __init__(self, document: JsonObject) -> None:
        self.document = document
        self.nodes = 0

    def make(self, value: JsonValue, open_refs: frozenset[str], depth: int) -> JsonObject:
        self.nodes += 1
        if value is False:
            return {"not": {}}
        if not isinstance(value, dict) or depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            return {}
        node: JsonObject = {
            key: self._part(key, part, open_refs, depth + 1)
            for key, part in _modernise(value).items()
            if key not in _DROPPED
        }
        if (target := self._target(value.get("$ref"), open_refs, depth)) is not None:
            node = _join(node, target)
        return _without_null(_merge_all_of(node))

    def _part(self, key: str, part: JsonValue, open_refs: frozenset[str], depth: int) -> JsonValue:
        if key in _SCHEMA_MAPS and isinstance(part, dict):
            return {name: self.make(below, open_refs, depth) for name, below in part.items()}
        if key in _SCHEMA_LISTS and isinstance(part, list):
            return [self.make(below, open_refs, depth) for below in part]
        if key in _SCHEMAS and isinstance(part, dict):
            return self.make(part, open_refs, depth)
        return part

    def _target(self, ref: JsonValue, open_refs: frozenset[str], depth: int) -> JsonObject | None:
        """Return what `$ref` points to; None for a recursion or a dead end, which add nothing."""
        if not isinstance(ref, str) or not ref.startswith("#") or ref in open_refs:
            return None
        return self.make(look_up(self.document, unquote(ref[1:])), open_refs | {ref}, depth + 1)


def _modernise(node: JsonObject) -> JsonObject:
    """Write the keywords of older drafts, and of OpenAPI 3.0, as today's."""
    modern = {**node}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(modern.get(exclusive), bool):
            is_exclusive = modern.pop(exclusive)
            if is_exclusive and bound in modern:
                modern[exclusive] = modern.pop(bound)
    if isinstance(modern.get("items"), list):
        modern["prefixItems"] = modern.pop("items")
        if (more := modern.pop("additionalItems", None)) is not None:
            modern["items"] = more
    if isinstance(dependencies := modern.pop("dependencies", None), dict):
        for name, part in dependencies.items():
            kind = "dependentRequired" if isinstance(part, list) else "dependentSchemas"
            modern[kind] = {**object_of(modern.get(kind)), name: part}
    return modern


def _merge_all_of(node: JsonObject) -> JsonObject:
    """Merge the branches of `allOf` into the node; those that contradict it stay, to be checked."""
    branches = list_of(node.get("allOf"))
    if not branches:
        return node
    merged = {key: part for key, part in node.items() if key != "allOf"}
    left = [branch for branch in branches if not _merge(merged, object_of(branch))]
    if left:
        # A branch that was merged may have brought some of its own that contradict it.
        merged["allOf"] = [*list_of(merged.get("allOf")), *left]
    return merged


def _join(node: JsonObject, other: JsonValue) -> JsonObject:
    """Return a schema that says what both say; the words of the first win."""
    return _merge_all_of({**node, "allOf": [*list_of(node.get("allOf")), other]})


def _merge(target: JsonObject, branch: JsonObject) -> bool:
    """Merge what `branch` says more into `target`, in place; False where both say different things of one."""
    shared = (target.keys() & branch.keys()) - _ANNOTATIONS - {"properties", "required"}
    contradictions = {key for key in shared if not key.startswith("x-") and target[key] != branch[key]}
    for family in _FAMILIES:
        if target.keys() & family:
            contradictions |= {key for key in branch.keys() & family if target.get(key) != branch[key]}
    properties, more = object_of(target.get("properties")), object_of(branch.get("properties"))
    required = list_of(target.get("required"))
    required = [*required, *(name for name in list_of(branch.get("required")) if name not in required)]
    known = target.keys() | contradictions
    target.update({key: part for key, part in branch.items() if key not in known})
    if properties or more:
        both = {
            name: _join(object_of(properties[name]), more[name])
            for name in properties.keys() & more.keys()
            if properties[name] != more[name]
        }
        target["properties"] = {**properties, **{name: more[name] for name in more.keys() - both}, **both}
    if required:
        target["required"] = required
    return not contradictions


def _without_null(node: JsonObject) -> JsonObject:
    """Drop null as a type, an option or a branch; a branch left alone takes the place of the choice."""
    types = node.get("type")
    if isinstance(types, list):
        left = [name for name in types if name != "null"]
        node["type"] = left[0] if len(left) == 1 else list[JsonValue](left) or "null"
    if isinstance(options := node.get("enum"), list) and None in options:
        node["enum"] = [option for option in options if option is not None]
    for key in ("anyOf", "oneOf"):
        if isinstance(branches := node.get(key), list):
            node = _without_null_branches(node, key, [object_of(branch) for branch in branches])
    if node.get("default", ...) is None:
        del node["default"]
    return node


def _without_null_branches(node: JsonObject, key: str, branches: list[JsonObject]) -> JsonObject:
    left = [branch for branch in branches if not _is_null(branch)]
    if len(left) == 1:
        # The field's own words win over those of its only branch.
        return _join({name: part for name, part in node.items() if name != key}, left[0])
    node[key] = list[JsonValue](left)
    return node


def _is_null(branch: JsonObject) -> bool:
    """Tell whether only null fits, also as OpenAPI 3.0 writes it: an enum of null alone, emptied by now."""
    return branch.get("type") == "null" or branch.get("enum") == [] or branch.get("const", ...) is None
