"""Reference images: made small, so that they can be remembered and painted over."""

import io

from PIL import Image, ImageChops, ImageFilter, ImageOps

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


def paint_over(reference: bytes, scene: Image.Image) -> Image.Image:
    """The reference, filling the frame, in the light and the colours of the scene."""
    with Image.open(io.BytesIO(reference)) as image:
        base = ImageOps.fit(image.convert("RGB"), scene.size, Image.Resampling.BICUBIC)
    mood = scene.reduce(4).filter(ImageFilter.GaussianBlur(min(scene.size) / 60)).resize(scene.size)
    lit = ImageChops.soft_light(base, mood)
    return Image.blend(lit, scene, 0.28)
