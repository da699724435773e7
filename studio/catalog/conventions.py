"""What fields mean across providers, told by their names and options; an overlay may say otherwise."""

import re

from studio.catalog.spec import Field, FieldOverlay, Role

_NAMES: dict[str, Role] = {
    "prompt": "prompt",
    "image": "references",
    "images": "references",
    "image_url": "references",
    "image_urls": "references",
    "image_input": "references",
    "input_image": "references",
    "input_images": "references",
    "reference_images": "references",
    "mask": "mask",
    "mask_url": "mask",
    "mask_image": "mask",
    "aspect_ratio": "aspect_ratio",
    "resolution": "resolution",
    "size": "size",
    "image_size": "size",
    "n": "count",
    "num_images": "count",
    "num_outputs": "count",
    "number_of_images": "count",
    "seed": "seed",
}
_KINDS: dict[Role, set[str]] = {
    "prompt": {"string"},
    "references": {"file", "files", "strings"},
    "mask": {"file", "string"},
    "aspect_ratio": {"choice"},
    "resolution": {"choice"},
    "count": {"integer"},
    "seed": {"integer", "number"},
}
EVERYDAY: tuple[Role, ...] = (
    "prompt",
    "references",
    "mask",
    "aspect_ratio",
    "size",
    "resolution",
    "count",
)
# Results as data URIs leave nothing to fetch again: results are always asked for as links.
_ALWAYS = {"sync_mode": FieldOverlay(is_hidden=True, fixed=False)}

_IMAGE_WORDS = {"image", "images", "img", "picture", "pictures", "photo", "photos", "mask", "sketch"}
_IMAGE_WORDS |= {"reference", "references", "control", "drawing", "portrait", "selfie"}
_OTHER_WORDS = {"audio", "video", "videos", "sound", "voice", "music", "lora", "loras", "weights", "model"}
_OTHER_WORDS |= {
    "checkpoint",
    "webhook",
    "font",
    "embedding",
    "embeddings",
    "archive",
    "zip",
    "path",
    "callback",
}

_RATIO = re.compile(r"(\d{1,2}):(\d{1,2})|auto")
_PIXELS = re.compile(r"\d{2,5}\s*[x*×]\s*\d{2,5}|auto")
_TIER = re.compile(r"\d{3,4}|[\d.]+K", re.IGNORECASE)


def guess_role(field: Field) -> Role:
    """Tell a field's role: by its options first (ModelStream calls a ratio `size`), then by its name."""
    keys = [option.key for option in field.options] or list(field.examples)
    if len(keys) > 1:
        if all(_RATIO.fullmatch(key) for key in keys):
            return "aspect_ratio"
        if field.options and all(_PIXELS.fullmatch(key) for key in keys):
            return "size"
        if field.options and all(_TIER.fullmatch(key) for key in keys):
            return "resolution"
    role = _NAMES.get(field.name.lower(), "")
    return role if role and field.kind in _KINDS.get(role, {field.kind}) else ""


def roles_for(field: Field) -> tuple[Role, ...]:
    """Return the roles that a field of this kind can have, its own among them; none is the first."""
    kinds = {**_KINDS, "size": {"string", "choice", "object", "either"}}
    return ("", *(role for role, fitting in kinds.items() if field.kind in fitting or role == field.role))


def takes_images(field: Field, role: Role) -> bool:
    """Tell whether a field takes images: by its role, else by its name and title, else by its description."""
    if role in ("references", "mask"):
        return True
    if field.kind not in ("file", "files"):
        return False
    for text in (f"{field.name} {field.title}", field.help):
        words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()))
        # Several meanings in one name: a control image for LoRA weights is an image.
        if words & _IMAGE_WORDS or words & _OTHER_WORDS:
            return bool(words & _IMAGE_WORDS)
    return False


def usual_overlay(field: Field) -> FieldOverlay | None:
    """Return what holds for a field of this name at every provider."""
    return _ALWAYS.get(field.name)
