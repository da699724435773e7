"""Strict checks of what a client sends: schema, size rules, reference images."""

import base64
import binascii
import io
import json
import re

from studio.sandbox.catalogue import Model
from studio.sandbox.shapes import Json, JsonObject, Refusal, as_list, as_object

MAX_REFERENCE_BYTES = 10 * 1024 * 1024
_DATA_URI = re.compile(r"data:image/(png|jpeg|webp);base64,(.*)", re.DOTALL)
_LINK = re.compile(r"https?://[^\s/]+\S*")
_SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}
REFERENCE_FIELDS = ("image_urls", "images", "mask_url")


def read_json(body: bytes) -> JsonObject:
    """Read a request body that must be one JSON object; raise `Refusal` 400 else."""
    try:
        value: Json = json.loads(body)
    except (UnicodeDecodeError, ValueError):
        raise Refusal(400, "invalid_json", "The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", "The request body must be a JSON object.")
    return value


def check_input(model: Model, values: JsonObject, *, status: int) -> None:
    """Raise `Refusal` with `status` unless `values` are valid for the model."""
    errors = sorted(model.validator.iter_errors(values), key=lambda error: [str(step) for step in error.path])
    if errors:
        sentences = [_sentence(error.path, error.message) for error in errors[:5]]
        raise Refusal(status, "invalid_input", "; ".join(sentences))
    try:
        _check_sizes(model, values)
        for name in REFERENCE_FIELDS:
            _check_references(name, values.get(name))
        check_mask(values)
    except ValueError as error:
        raise Refusal(status, "invalid_input", str(error)) from None


def _sentence(path: object, message: str) -> str:
    steps = ".".join(str(step) for step in path) if hasattr(path, "__iter__") else ""
    # jsonschema quotes the whole value: a long prompt would come back in full.
    return f"{steps or 'input'}: {message if len(message) <= 300 else message[:100] + ' … ' + message[-180:]}"


def _check_sizes(model: Model, values: JsonObject) -> None:
    """Apply the size rules that JSON Schema can't say (`x-constraints`)."""
    for name, rules in model.properties.items():
        for shape in [as_object(rules), *map(as_object, as_list(as_object(rules).get("oneOf")))]:
            limits, value = as_object(shape.get("x-constraints")), values.get(name)
            if not limits:
                continue
            if isinstance(value, dict):
                check_pixels(name, _whole(value["width"]), _whole(value["height"]), limits)
            elif isinstance(value, str) and isinstance(separator := limits.get("separator"), str):
                width, height = value.split(separator)
                check_pixels(name, int(width), int(height), limits)


def check_pixels(name: str, width: int, height: int, limits: JsonObject) -> None:
    """Raise ValueError unless width x height keeps to edge, ratio and pixel limits."""
    step = _whole(limits.get("multiple_of", 1))
    if width % step or height % step:
        raise ValueError(f"{name}: both edges must be multiples of {step}")
    if max(width, height) > _whole(limits.get("max_edge", 1 << 20)):
        raise ValueError(f"{name}: the longest edge may be {limits['max_edge']} pixels")
    if max(width, height) > _whole(limits.get("max_aspect_ratio", 1 << 20)) * min(width, height):
        raise ValueError(f"{name}: the ratio of the edges may be {limits['max_aspect_ratio']}:1")
    if not _whole(limits.get("min_pixels", 0)) <= width * height <= _whole(limits.get("max_pixels", 1 << 40)):
        raise ValueError(f"{name}: {width}x{height} has too few or too many pixels")


def _whole(value: Json) -> int:
    return int(value) if isinstance(value, (int, float)) else 0


def _check_references(name: str, value: Json) -> None:
    if value == []:
        raise ValueError(f"{name}: at least one image is needed")
    for link in [value] if isinstance(value, str) else as_list(value):
        if not isinstance(link, str):
            raise ValueError(f"{name}: must be links or data URIs")
        if link.startswith("data:"):
            decode_reference(name, link)
        elif not _LINK.fullmatch(link):
            raise ValueError(f"{name}: must be http(s) links or data URIs of PNG, JPEG or WebP images")


def decode_reference(name: str, uri: str) -> bytes:
    """The bytes of a data URI; raise ValueError unless they are an image of the type that it names."""
    found = _DATA_URI.fullmatch(uri)
    if found is None:
        raise ValueError(f"{name}: data URIs must be base64 of image/png, image/jpeg or image/webp")
    kind, text = found.groups()
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{name}: the data URI is not valid base64") from None
    if len(raw) > MAX_REFERENCE_BYTES:
        raise ValueError(f"{name}: an image may be 10 MB")
    if not raw.startswith(_SIGNATURES[kind]):
        raise ValueError(f"{name}: the data is not a {kind.upper()} image")
    return raw


def check_mask(values: JsonObject) -> None:
    """Raise ValueError unless the mask has the size of the first reference; links are taken on trust."""
    mask, references = values.get("mask_url"), as_list(values.get("image_urls"))
    first = references[0] if references else None
    if not all(isinstance(each, str) and each.startswith("data:") for each in (mask, first)):
        return
    sizes = [measure(decode_reference("mask_url", str(each))) for each in (mask, first)]
    if sizes[0] != sizes[1]:
        wide, high = sizes[1]
        raise ValueError(f"mask_url: must be {wide}x{high} pixels, as the first reference image is")


def measure(raw: bytes) -> tuple[int, int]:
    """Width and height of an encoded image; raise ValueError where it is broken."""
    # Imported late: Pillow costs memory that a sandbox at rest doesn't need.
    from PIL import Image

    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        raise ValueError("an image can't be read") from None
