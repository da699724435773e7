"""Opening images with suspicion: PNG, JPEG and WebP by their bytes, at most 50 megapixels, whole or not at all.

Sizes are those seen on the page, after the EXIF orientation. Pillow is imported when it is first used: it costs
every process that doesn't need it some 10 MB. Only these three decoders ever see the bytes.
"""

import base64
import contextlib
import functools
import io
import math
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from studio.kit.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

Format = Literal["png", "jpeg", "webp"]

MAX_PIXELS: Final = 50_000_000
MAX_REFERENCE_BYTES: Final = 7 * 1024 * 1024
# Decoding these takes more memory for a pixel than the others (16 and 10 bytes; measured), and is bounded to 300 MB.
# 4K has at most 17.2 megapixels, in 3:2.
_MAX_WEBP_PIXELS: Final = 17_500_000
_MAX_PROGRESSIVE_PIXELS: Final = 25_000_000
# Providers shrink references to about 2,048 px themselves; twice that loses nothing and bounds the memory.
_MAX_REFERENCE_EDGE: Final = 4096
_MAX_WEBP_HEIGHT: Final = 16_383
_THUMBNAIL_QUALITY: Final = 80
_SMALLER: Final = 0.75
# Above this, a picture is shrunk by a whole factor, in bands: a second copy of 50 megapixels is 200 MB.
_LARGE_PIXELS: Final = 24_000_000
_BAND_PIXELS: Final = 1_000_000

_FORMATS: Final[Mapping[str, Format]] = {"PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp"}
_EXTENSIONS: Final[Mapping[Format, str]] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
_ORIENTATION: Final = 0x0112
_TURNED: Final = (5, 6, 7, 8)


class ImageRefused(Invalid):
    """The file is no image that may be opened; the sentence says why."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the bytes say: the format, and the size as displayed. `extension` begins with a dot."""

    format: Format
    width: int
    height: int

    @property
    def mime(self) -> str:
        return f"image/{self.format}"

    @property
    def extension(self) -> str:
        return _EXTENSIONS[self.format]


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A reference image or a mask fit to be sent: oriented, without metadata, within the limit."""

    mime: str
    data: bytes = field(repr=False)
    width: int
    height: int


def inspect_image(path: Path) -> ImageFacts:
    """Decode an image fully and say what it is. Raises ImageRefused."""
    with _opened(path) as (_, facts):
        return facts


def decode_and_thumbnail(path: Path, thumbnail_path: Path, width: int = 640) -> ImageFacts:
    """Decode an image once: this verifies it, and its thumbnail is made on the way. Raises ImageRefused."""
    with _opened(path) as (image, facts):
        _write_thumbnail(_for_display(image, facts, width, _MAX_WEBP_HEIGHT), thumbnail_path, width)
        return facts


def make_thumbnails(path: Path, targets: Mapping[int, Path]) -> None:
    """Make thumbnails of several widths from one decoding: WebP, upright, in sRGB, without metadata."""
    with _opened(path) as (image, facts):
        shown = _for_display(image, facts, max(targets, default=1), _MAX_WEBP_HEIGHT)
    for width in sorted(targets, reverse=True):
        shown = _write_thumbnail(shown, targets[width], width)


def prepare_reference(path: Path, max_bytes: int = MAX_REFERENCE_BYTES) -> PreparedImage:
    """Write the copy of a reference image that may leave the house. Raises ImageRefused.

    A PNG stays lossless where it fits. All else becomes JPEG, or WebP where it has transparency, and loses
    pixels until it fits.
    """
    with _opened(path) as (image, facts):
        shown = _for_display(image, facts, _MAX_REFERENCE_EDGE, _MAX_REFERENCE_EDGE)
    if facts.format == "png":
        data = _encoded(shown, "PNG")
        if len(data) <= max_bytes:
            return PreparedImage("image/png", data, shown.width, shown.height)
    kind: Format = "webp" if shown.mode == "RGBA" else "jpeg"
    while len(data := _encoded(shown, kind, quality=92)) > max_bytes:
        if max(shown.size) < 64:
            raise ImageRefused(f"The image can't be made smaller than {max_bytes / 1_000_000:.1f} MB.")
        shown = shown.resize(_scaled(shown.size, _SMALLER))
    return PreparedImage(f"image/{kind}", data, shown.width, shown.height)


def prepare_mask(path: Path, size: tuple[int, int] | None) -> PreparedImage:
    """Write the copy of a mask that may leave the house, in the size of the picture's copy. Raises ImageRefused.

    What is marked becomes white and fully transparent, the rest black and opaque, so that both sorts of readers
    understand: those of the alpha channel, where OpenAI edits what is transparent
    (https://platform.openai.com/docs/api-reference/images/createEdit), and those of the brightness, where the
    inpainting models at fal and Replicate edit what is white (https://replicate.com/stability-ai/sdxl/api/schema).
    """
    from PIL import Image, ImageChops

    marks = _read_marks(path)
    if size and marks.size != size:
        marks = marks.resize(size, Image.Resampling.BOX)
        # A mark that is thinner than half a pixel of the copy is still one.
        threshold = 128 if any(marks.histogram()[128:]) else 1
        marks = marks.point(lambda value: 255 if value >= threshold else 0)
    data = _encoded(Image.merge("RGBA", (marks, marks, marks, ImageChops.invert(marks))), "PNG")
    return PreparedImage("image/png", data, marks.width, marks.height)


def has_marks(path: Path) -> bool:
    """Tell whether a mask marks anything. Raises ImageRefused."""
    return _read_marks(path).getbbox() is not None


def data_uri(prepared: PreparedImage) -> str:
    """Return a prepared reference as a data URI."""
    return f"data:{prepared.mime};base64,{base64.b64encode(prepared.data).decode()}"


@functools.cache
def _make_pillow_strict() -> None:
    """Turn Pillow's warnings into errors, once: `catch_warnings` would race between decoding threads."""
    from PIL import ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.filterwarnings("error", module=r"PIL\.")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple["Image", ImageFacts]]:
    """Open and fully decode the first frame. Whatever Pillow raises or warns of is a refusal."""
    from PIL import Image, UnidentifiedImageError

    _make_pillow_strict()
    with contextlib.ExitStack() as stack, path.open("rb") as file:
        try:
            image = stack.enter_context(Image.open(file, formats=["PNG", "JPEG", "WEBP"]))
            _check_size(image)
            image.load()
            facts = _facts_of(image)
        except ImageRefused:
            raise
        except UnidentifiedImageError as error:
            raise ImageRefused("The file is not a PNG, JPEG or WebP image.") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageRefused(f"The image has more than {MAX_PIXELS // 1_000_000} megapixels.") from error
        except Exception as error:  # on damaged files the decoders raise all sorts
            raise ImageRefused("The image is damaged or incomplete.") from error
        yield image, facts


def _check_size(image: "Image") -> None:
    pixels, most, kind = image.width * image.height, MAX_PIXELS, ""
    if image.format == "WEBP":
        most, kind = _MAX_WEBP_PIXELS, " in a WebP"
    elif image.info.get("progressive"):
        most, kind = _MAX_PROGRESSIVE_PIXELS, " in a progressive JPEG"
    if pixels > most:
        has, may = f"{pixels / 1_000_000:.0f}", f"{most / 1_000_000:g}"
        raise ImageRefused(f"The image has {has} megapixels; at most {may} are allowed{kind}.")


def _facts_of(image: "Image") -> ImageFacts:
    width, height = image.size
    if image.getexif().get(_ORIENTATION) in _TURNED:
        width, height = height, width
    return ImageFacts(_FORMATS[image.format or ""], width, height)


def _for_display(image: "Image", facts: ImageFacts, max_width: int, max_height: int) -> "Image":
    """Return the picture upright, in sRGB, in 8 bits, within the limits, with nothing but its pixels.

    Shrinks first, so that all the rest is done on few pixels; `image` may be closed afterwards.
    """
    scale = min(1.0, max_width / facts.width, max_height / facts.height)
    factor = max(1, int(1 / scale / 2))
    if image.width * image.height > _LARGE_PIXELS:
        factor = max(factor, math.ceil(math.sqrt(image.width * image.height / _LARGE_PIXELS)))
    size = _scaled(image.size, min(scale, 1 / factor) if factor > 1 / scale else scale)
    orientation, profile = image.getexif().get(_ORIENTATION, 1), image.info.get("icc_profile")
    shown = _in_eight_bits(image) if factor == 1 else _reduced(image, factor)
    if shown is not image:
        image.close()  # frees its pixels, up to 200 MB, before more are needed
    # Most of the way by whole factors: half the time for the same picture.
    shown = shown if shown.size == size else shown.resize(size, reducing_gap=1.0)
    shown = _in_srgb(_upright(shown, orientation), profile)
    shown.info = {}
    return shown


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _reduced(image: "Image", factor: int) -> "Image":
    """Shrink by a whole factor, a band of rows at a time."""
    rows = max(1, _BAND_PIXELS // image.width // factor) * factor
    reduced: Image | None = None
    for top in range(0, image.height, rows):
        band = _in_eight_bits(image.crop((0, top, image.width, min(image.height, top + rows)))).reduce(factor)
        if reduced is None:
            reduced = band.resize((band.width, math.ceil(image.height / factor)))
        reduced.paste(band, (0, top // factor))
    assert reduced is not None
    return reduced


def _in_eight_bits(image: "Image") -> "Image":
    """Return the picture as L, RGB, RGBA or CMYK. Sixteen bits of grey are scaled: converting alone clips."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _upright(shown: "Image", orientation: int) -> "Image":
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return shown if turn is None else shown.transpose(turn)


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """Apply the colour profile. A profile that can't be used is ignored, as browsers do."""
    from PIL import ImageCms

    target = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(image, source, srgb, outputMode=target)
            if changed is not None:
                return changed
    return image.copy() if image.mode == target else image.convert(target)


def _write_thumbnail(shown: "Image", path: Path, width: int) -> "Image":
    if shown.width > width:
        shown = shown.resize((width, max(1, round(shown.height * width / shown.width))), reducing_gap=2.0)
    _write_whole(path, lambda to: shown.save(to, "WEBP", quality=_THUMBNAIL_QUALITY, method=2))
    return shown


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let a file appear complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _read_marks(path: Path) -> "Image":
    """Return what a mask marks, white on black: where it is transparent, or, without transparency, where it is bright."""
    with _opened(path) as (image, facts):
        shown = _for_display(image, facts, _MAX_REFERENCE_EDGE, _MAX_REFERENCE_EDGE)
    if shown.mode == "RGBA":
        alpha = shown.getchannel("A")
        if any(alpha.histogram()[:128]):
            return alpha.point(lambda value: 255 if value < 128 else 0)
    return shown.convert("L").point(lambda value: 255 if value >= 128 else 0)


def _encoded(shown: "Image", kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    shown.save(out, kind, **options)
    return out.getvalue()
