"""What in an input decides how long a model takes: a short name for it, under which times are learned. Pure."""

import math
import re

from studio.catalog.spec import Field, Role, Spec, key_of
from studio.kit.wire import JsonObject, JsonValue

LONGEST = 40
_ROLES: tuple[Role, ...] = ("resolution", "size", "count")
# Parameters without a role of which providers say that more of it takes longer.
_EFFORTS = ("quality", "rendering_speed", "thinking_level", "num_inference_steps", "steps")
_PIXELS = re.compile(r"(\d{2,5})\s*[x*×]\s*(\d{2,5})")


def read_pace(spec: Spec, given: JsonObject) -> str:
    """Return what decides the time besides the model, such as "2K", "high 4MP ×2"; empty where nothing does.

    What isn't given counts as its default; what is left to the model says nothing.
    """
    words = [_word(field, given.get(field.name, field.default)) for field in deciding_fields(spec)]
    return " ".join(filter(None, words))[:LONGEST]


def deciding_fields(spec: Spec) -> list[Field]:
    """Return the fields that a person fills and that decide how long it takes, the number of images last."""
    deciding = [field for field in spec.shown if field.role in _ROLES or field.name.lower() in _EFFORTS]
    return sorted(deciding, key=lambda field: _ROLES.index(field.role) if field.role in _ROLES else -1)


def _word(field: Field, value: JsonValue) -> str:
    if field.role == "size":
        return _size_class(value)
    if field.role == "count":
        return f"×{value}" if isinstance(value, int) and value > 1 else ""
    if value is None or value == "" or value == "auto" or isinstance(value, dict | list):
        return ""
    is_plain = field.role == "resolution" or field.name.lower() == "quality"
    return key_of(value) if is_plain else f"{field.name}:{key_of(value)}"


def _size_class(value: JsonValue) -> str:
    """Return the power of two that is nearest to the megapixels: 1MP, 2MP, 4MP. A named size has none."""
    width: JsonValue = None
    height: JsonValue = None
    if isinstance(value, dict):
        width, height = value.get("width"), value.get("height")
    elif isinstance(value, str) and (found := _PIXELS.fullmatch(value)):
        width, height = int(found[1]), int(found[2])
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return f"{2.0 ** round(math.log2(width * height / 1_000_000)):g}MP"
    return ""
