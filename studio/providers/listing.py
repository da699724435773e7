"""Reads a provider's list of models and a model's detail, in every envelope that is plausible. Pure.

The Hub documents that its detail has `input_schema` and `example`, and nothing of what is around them:
https://docs.mountsea.ai/api-reference/hub/model-detail
"""

import re

from studio.kit.wire import HttpAnswer, JsonObject, JsonValue, broken_character
from studio.providers import status
from studio.providers.types import ListedModel, ModelDetail, Problem

_MAX_DEPTH = 4
_MAX_MODELS = 1000
_ENVELOPES = ("data", "models", "model", "items", "results", "result", "list", "records", "rows", "image")
_SLUGS = ("model", "slug", "model_id", "modelId", "id", "model_name", "modelName", "name")
_SCHEMAS = (
    *("input_schema", "inputSchema", "input_schema_json", "inputs", "json_schema", "jsonSchema", "schema"),
    *(
        "schemas",
        "request_schema",
        "requestSchema",
        "form_schema",
        "parameters",
        "params",
        "input",
        "openapi",
    ),
    *("openapi_schema", "latest_version", "spec", "definition", "detail", "metadata"),
)
_EXAMPLES = (
    *("example", "example_input", "exampleInput", "input_example", "inputExample"),
    *("examples", "input_examples", "sample", "sample_input", "default_example"),
)
# What else than images a provider may make: a model that names one of these makes no image, whatever it takes.
_OTHERS = {"video", "audio", "speech", "music", "text", "chat", "transcribe", "embedding", "3d"}

_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_WRAPS = ("input", "value", "request")
_MEMBERS = ("models", "children")
_CAPABILITIES = ("capability", "capabilities", "output_modalities", "modalities")

_REFUSED = "{name} answered with HTTP {status} when it was asked for its models."
_UNREADABLE_LIST = "{name} answered with something in which Studio finds no list of models."
_BROKEN_DETAIL = "{name} answered with an input schema that contains a character that can't be kept."
_UNREADABLE_DETAIL = "{name} answered with something in which Studio finds no input schema."


def read_model_list(answer: HttpAnswer, *, name: str, capability: str) -> tuple[ListedModel, ...] | Problem:
    """Return the models of this capability, each once; those that don't say their capability count too."""
    if (problem := _refusal(answer, name)) is not None:
        return problem
    entries = _find_entries(status.parse_json(answer.body), 0)
    if entries is None:
        return Problem(_UNREADABLE_LIST.format(name=name), permanent=True)
    flat = [each for entry in entries for each in _ungrouped(entry)]
    read = [model for entry in flat[:_MAX_MODELS] if (model := _read_entry(entry, capability))]
    return tuple({model.slug: model for model in read}.values())


def read_model_detail(answer: HttpAnswer, *, name: str) -> ModelDetail | Problem:
    """Return a model's input schema and example; the example is empty where there is none."""
    if (problem := _refusal(answer, name)) is not None:
        return problem
    found = _find_schema(status.parse_json(answer.body), 0)
    if found is None:
        return Problem(_UNREADABLE_DETAIL.format(name=name), permanent=True)
    schema, holder = found
    example = _find_example(holder) or _find_example(schema)
    if broken_character([schema, example]):
        return Problem(_BROKEN_DETAIL.format(name=name), permanent=True)
    return ModelDetail(schema, example)


def _refusal(answer: HttpAnswer, name: str) -> Problem | None:
    if 200 <= answer.status < 300:
        return None
    words = status.error_words(answer)
    sentence = _REFUSED.format(name=name, status=answer.status)
    return Problem(sentence, code=words.code or str(answer.status), words=words.words)


def _find_entries(value: JsonValue, depth: int) -> list[JsonValue] | None:
    """Find the list, in envelopes or bare; a map from slug to model becomes a list."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return None
    for key in _ENVELOPES:
        if (found := _find_entries(value.get(key), depth + 1)) is not None:
            return found
    is_map = bool(value) and "error" not in value and all(isinstance(part, dict) for part in value.values())
    return (
        [{"model": slug, **part} for slug, part in value.items() if isinstance(part, dict)]
        if is_map
        else None
    )


def _ungrouped(entry: JsonValue) -> list[JsonValue]:
    """Return the models of a group, such as those of one vendor, with what the group says of all; else the entry."""
    if not isinstance(entry, dict):
        return [entry]
    members = next((part for key in _MEMBERS if isinstance(part := entry.get(key), list)), None)
    if members is not None:
        said = {key: entry[key] for key in ("vendor", "provider", *_CAPABILITIES) if key in entry}
        if "vendor" not in said and "provider" not in said:
            said["vendor"] = entry.get("name")
        return [{**said, **each} if isinstance(each, dict) else each for each in members]
    inner = entry.get("model")
    return [{**entry, **inner} if isinstance(inner, dict) else entry]


def _read_entry(entry: JsonValue, capability: str) -> ListedModel | None:
    if isinstance(entry, str):
        entry = {"model": entry}
    if not isinstance(entry, dict):
        return None
    said = next((value for key in _CAPABILITIES if (value := entry.get(key))), None)
    if said is not None and not _has_capability(said, capability):
        return None
    slug = status.first_text(entry, *_SLUGS, length=121)
    if not re.fullmatch(r"[\w.:@+~/-]{1,120}", slug, re.ASCII):
        return None
    vendor = status.first_text(entry, "vendor", "provider", "owned_by", "owner", length=80)
    return ListedModel(
        slug=slug,
        name=status.first_text(entry, "display_name", "displayName", "title", "name", length=120) or slug,
        vendor=vendor,
        mode=status.first_text(entry, "mode", "task", length=40),
        description=status.first_text(entry, "description", "summary", length=500),
    )


def _has_capability(said: JsonValue, capability: str) -> bool:
    """Read "image", ["image", "video"], "text-to-image" or "IMAGE_GENERATION"; image-to-video is none of them."""
    for each in said if isinstance(said, list) else [said]:
        words = re.findall(r"[a-z0-9]+", each.lower()) if isinstance(each, str) else []
        made = words[words.index("to") + 1 :] if "to" in words else words
        if capability in made and not _OTHERS & set(made):
            return True
    return False


def _find_schema(value: JsonValue, depth: int) -> tuple[JsonObject, JsonObject] | None:
    """Return the schema, and the object that holds it, beside which the example is."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return None
    for key in _SCHEMAS:
        if schema := _as_schema(_unquoted(value.get(key))):
            return schema, value
    if schema := _as_schema(value):
        return schema, value
    for key in (*_ENVELOPES, *_SCHEMAS):
        if found := _find_schema(value.get(key), depth + 1):
            schema, holder = found
            return schema, holder if _find_example(holder) else value
    return None


def _as_schema(value: JsonValue) -> JsonObject | None:
    """Return the value if it describes an input: a schema, an OpenAPI document, or a list of parameters."""
    if isinstance(value, list):
        return _from_parameters(value)
    if not isinstance(value, dict):
        return None
    components = value.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if isinstance(schemas, dict) and "properties" not in value:
        named = [key for key in schemas if key == "Input" or key.endswith("Input")]
        schema = schemas.get(named[0]) if named else None
        return {**schema, "components": components} if isinstance(schema, dict) else None
    is_schema = (
        isinstance(value.get("properties"), dict) or "$ref" in value or isinstance(value.get("allOf"), list)
    )
    return value if is_schema else _from_map(value)


def _from_map(value: JsonObject) -> JsonObject | None:
    """Make a schema of a map of parameters: {"prompt": {"type": "string", "required": true}, …}."""
    rows = [
        {"name": name, **part} for name, part in value.items() if isinstance(part, dict) and _is_typed(part)
    ]
    return _from_parameters([*rows]) if rows and len(rows) == len(value) else None


def _is_typed(part: JsonObject) -> bool:
    is_type = part.get("type") in _TYPES and "properties" not in part
    return is_type or any(isinstance(part.get(key), list) for key in ("enum", "anyOf", "oneOf"))


def _from_parameters(rows: list[JsonValue]) -> JsonObject | None:
    """Make a schema of a list of parameters: [{"name": …, "type": …, "required": true}, …]."""
    properties: JsonObject = {}
    required: list[JsonValue] = []
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(name, str):
            return None
        properties[name] = {key: part for key, part in row.items() if key not in ("name", "required")}
        required += [name] if row.get("required") is True else []
    return {"type": "object", "properties": properties, "required": required} if properties else None


def _find_example(holder: JsonObject) -> JsonObject:
    """Return the example input, also where it is a list's first, a text of JSON, or a whole request."""
    for key in _EXAMPLES:
        value = _unquoted(holder.get(key))
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, dict) and value:
            return _bare_example(value)
    return {}


def _bare_example(example: JsonObject) -> JsonObject:
    """Return the input in an example: itself, or what a request, a named example or a list of such wraps around it."""
    inner = next((part for key in _WRAPS if isinstance(part := example.get(key), dict)), None)
    if inner is not None:
        return _bare_example(inner)
    # OpenAPI's `examples` are named: {"usual": {"summary": …, "value": {…}}}.
    named = [part for part in example.values() if isinstance(part, dict)]
    is_named = len(named) == len(example) and all(any(key in part for key in _WRAPS) for part in named)
    return _bare_example(named[0]) if is_named else example


def _unquoted(value: JsonValue) -> JsonValue:
    return status.parse_json(value.encode("utf-8", "replace")) if isinstance(value, str) else value
