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


def shrink_mask(raw: bytes) -> bytes:
    """What a mask marks, white on black, small; nothing when Pillow can't read it.

    A mask marks where it is transparent or, without transparency, where it is bright.
    """
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as image:
            shown = image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    shown.thumbnail((EDGE, EDGE))
    alpha = shown.getchannel("A")
    marks = ImageChops.invert(alpha) if any(alpha.histogram()[:128]) else shown.convert("L")
    target = io.BytesIO()
    marks.point(lambda value: 255 if value >= 128 else 0).save(target, "PNG")
    return target.getvalue()


def paint_over(reference: bytes, scene: Image.Image, mask: bytes = b"") -> Image.Image:
    """The reference, filling the frame, in the light and the colours of the scene; with a mask, the scene only there."""
    with Image.open(io.BytesIO(reference)) as image:
        base = ImageOps.fit(image.convert("RGB"), scene.size, Image.Resampling.BICUBIC)
    if mask:
        with Image.open(io.BytesIO(mask)) as image:
            marks = ImageOps.fit(image.convert("L"), scene.size)
        return Image.composite(scene, base, marks.filter(ImageFilter.GaussianBlur(min(scene.size) / 200)))
    mood = scene.reduce(4).filter(ImageFilter.GaussianBlur(min(scene.size) / 60)).resize(scene.size)
    lit = ImageChops.soft_light(base, mood)
    return Image.blend(lit, scene, 0.28)
