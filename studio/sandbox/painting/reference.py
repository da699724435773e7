"""Reference images: made small, so that they can be remembered and painted over."""

import io

from PIL import Image, ImageOps

EDGE = 768


def shrink(raw: bytes) -> bytes:
    """A copy of at most 768 pixels as JPEG; one grey pixel when Pillow can't read it."""
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as image:
            image.draft("RGB", (EDGE, EDGE))
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail((EDGE, EDGE))
    except (OSError, ValueError, Image.DecompressionBombError):
        small = Image.new("RGB", (1, 1), (128, 128, 128))
    target = io.BytesIO()
    small.save(target, "JPEG", quality=88)
    return target.getvalue()
