"""Makes a JSON schema plain: no `$ref`, no `nullable`, no null branches, `allOf` merged. Pure, no Django.

What comes out accepts the same values, but for null (an empty field is left out, never sent as null) and what
lies below a recursion (accepted as it comes). So one plain schema both draws the form and checks the input.
"""

from studio.kit.wire import JsonObject, JsonValue

_MAX_DEPTH = 24
_MAX_NODES = 20_000
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "deprecated"})
_SCHEMA_MAPS = frozenset({"properties", "patternProperties"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMAS = frozenset(
    {"items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"}
)
_DROPPED = frozenset({"$defs", "definitions", "$schema", "$id", "nullable", "discriminator"})


def make_plain(schema: JsonObject, document: JsonObject) -> JsonObject:
    """Return `schema` with everything resolved; `$ref`s are looked up in `document`."""
    return _Plainer(document).make(schema, frozenset(), 0)


def object_of(value: JsonValue) -> JsonObject:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: JsonValue) -> list[JsonValue]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def gather(schema: JsonObject) -> tuple[JsonObject, list[JsonValue]]:
    """Return all properties of an object's plain schema, and which are required whatever the branch.

    A property that only a branch names is one too: nobody could fill it otherwise.
    """
    properties, required = dict(object_of(schema.get("properties"))), list(list_of(schema.get("required")))
    for key in ("allOf", "anyOf", "oneOf", "then", "else"):
        part = schema.get(key)
        for branch in part if isinstance(part, list) else [part]:
            more, needed = gather(branch) if isinstance(branch, dict) else ({}, [])
            properties |= {name: part for name, part in more.items() if name not in properties}
            required += [name for name in needed if key == "allOf" and name not in required]
    return properties, required


class _Plainer:
    def __init__(self, document: JsonObject) -> None:
        self.document = document
        self.nodes = 0

    def make(self, value: JsonValue, open_refs: frozenset[str], depth: int) -> JsonObject:
        self.nodes += 1
        if not isinstance(value, dict) or depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            return {}
        node, open_refs = self._resolve(value, open_refs)
        node = {
            key: self._part(key, part, open_refs, depth + 1)
            for key, part in node.items()
            if key not in _DROPPED
        }
        node = _without_null(_merge_all_of(node))
        _make_exclusive_bounds_numbers(node)
        return node

    def _part(self, key: str, part: JsonValue, open_refs: frozenset[str], depth: int) -> JsonValue:
        if key in _SCHEMA_MAPS and isinstance(part, dict):
            return {name: self.make(below, open_refs, depth) for name, below in part.items()}
        if key in _SCHEMA_LISTS and isinstance(part, list):
            return [self.make(below, open_refs, depth) for below in part]
        if key in _SCHEMAS and isinstance(part, dict):
            return self.make(part, open_refs, depth)
        return part

    def _resolve(self, node: JsonObject, open_refs: frozenset[str]) -> tuple[JsonObject, frozenset[str]]:
        """Put what `$ref` points to under the node's own keywords; a recursion or a dead end adds nothing."""
        while isinstance(ref := node.get("$ref"), str):
            own = {key: part for key, part in node.items() if key != "$ref"}
            if ref in open_refs:
                return own, open_refs
            open_refs |= {ref}
            node = {**self._look_up(ref), **own}
        return node, open_refs

    def _look_up(self, ref: str) -> JsonObject:
        if not ref.startswith("#"):
            return {}
        place: JsonValue = self.document
        for step in ref[1:].split("/")[1:]:
            place = object_of(place).get(step.replace("~1", "/").replace("~0", "~"))
        return object_of(place)


def _merge_all_of(node: JsonObject) -> JsonObject:
    """Merge the branches of `allOf` into the node; those that contradict it stay, to be checked."""
    branches = list_of(node.get("allOf"))
    if not branches:
        return node
    merged = {key: part for key, part in node.items() if key != "allOf"}
    left = [branch for branch in branches if not _merge(merged, object_of(branch))]
    if left:
        merged["allOf"] = left
    return merged


def _merge(target: JsonObject, branch: JsonObject) -> bool:
    """Merge `branch` into `target` in place; False, and nothing done, where both say different things."""
    properties, more = object_of(target.get("properties")), object_of(branch.get("properties"))
    shared = (target.keys() & branch.keys()) - _ANNOTATIONS - {"properties", "required"}
    shared = {key for key in shared if not key.startswith("x-")}
    if any(target[key] != branch[key] for key in shared):
        return False
    if any(properties[name] != more[name] for name in properties.keys() & more.keys()):
        return False
    required = list_of(target.get("required"))
    required = [*required, *(name for name in list_of(branch.get("required")) if name not in required)]
    target.update({key: part for key, part in branch.items() if key not in target})
    if properties or more:
        target["properties"] = {**properties, **more}
    if required:
        target["required"] = required
    return True


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
        rest = {name: part for name, part in node.items() if name != key}
        # The field's own words win over those of its only branch.
        return rest if _merge(rest, left[0]) else {**node, key: list[JsonValue](left)}
    node[key] = list[JsonValue](left)
    return node


def _is_null(branch: JsonObject) -> bool:
    """Tell whether only null fits, also as OpenAPI 3.0 writes it: an enum of null alone, emptied by now."""
    return branch.get("type") == "null" or branch.get("enum") == [] or branch.get("const", ...) is None


def _make_exclusive_bounds_numbers(node: JsonObject) -> None:
    """Turn OpenAPI 3.0's `exclusiveMinimum: true` beside a minimum into today's number."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(node.get(exclusive), bool):
            is_exclusive = node.pop(exclusive)
            if is_exclusive and bound in node:
                node[exclusive] = node.pop(bound)
