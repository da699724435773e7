"""How large a picture comes out: ratio and resolution to pixels, as published for Gemini's image models."""

import hashlib
import math

from studio.sandbox.shapes import Json, JsonObject

# Ratio -> pixels at 1K. 0.5K (or 512) is half of it, 2K twice, 4K four times.
AT_1K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}
SCALES = {"0.5K": 0.5, "512": 0.5, "1K": 1, "2K": 2, "4K": 4}
PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
# What "auto" may choose: shapes that suit a scene.
AUTO = ("16:9", "3:2", "4:3", "1:1", "4:5", "3:4")
DEFAULT_RATIO = "1:1"


def choose_size(values: JsonObject, prompt: str, *, like: tuple[int, int] | None = None) -> tuple[int, int]:
    """Width and height for an input with its defaults filled in, whatever the model calls its fields.

    Where the model chooses, it keeps to the shape of the reference, whose size is `like`.
    """
    custom = values.get("image_size")
    if isinstance(custom, dict):
        return _pixels(custom["width"]), _pixels(custom["height"])
    for name in ("size", "image_size"):
        exact = _read_exact(values.get(name))
        if exact:
            return exact
    ratio = _find(values, ("aspect_ratio", "size", "image_size"), {*AT_1K, "auto"}, DEFAULT_RATIO)
    if ratio == "auto" and like:
        ratio = min(
            AT_1K, key=lambda each: abs(math.log(AT_1K[each][0] / AT_1K[each][1] * like[1] / like[0]))
        )
    elif ratio == "auto":
        ratio = AUTO[hashlib.sha256(prompt.encode()).digest()[0] % len(AUTO)]
    scale = SCALES[_find(values, ("resolution", "quality", "image_size"), set(SCALES), "1K")]
    width, height = AT_1K[ratio]
    return int(width * scale), int(height * scale)


def _read_exact(value: Json) -> tuple[int, int] | None:
    """Pixels from a preset name, `1024x1536` or `1024*1536`."""
    if not isinstance(value, str):
        return None
    if value in PRESETS:
        return PRESETS[value]
    width, _, height = value.replace("*", "x").partition("x")
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else None


def _find(values: JsonObject, names: tuple[str, ...], known: set[str], default: str) -> str:
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value in known:
            return value
    return default


def _pixels(value: Json) -> int:
    return value if isinstance(value, int) else 1024
