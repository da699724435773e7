"""Images of every kind that providers and people send, and the traps among them."""

import base64
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from studio.kit.images import (
    ImageFacts,
    ImageRefused,
    data_uri,
    decode_and_thumbnail,
    has_marks,
    inspect_image,
    make_thumbnails,
    prepare_mask,
    prepare_reference,
)

Write = Callable[..., Path]
RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an image (or bytes) into a file with a name that says nothing."""

    def writer(content: Image.Image | bytes, kind: str = "PNG", **options: Any) -> Path:
        path = tmp_path / "file"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, kind, **options)
        return path

    return writer


def halves(width: int = 80, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def is_near(found: Any, wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SecretCamera"
    return tags.tobytes()


@pytest.mark.parametrize(
    ("kind", "facts", "mime", "extension"),
    [
        ("PNG", ImageFacts("png", 80, 40), "image/png", ".png"),
        ("JPEG", ImageFacts("jpeg", 80, 40), "image/jpeg", ".jpg"),
        ("WEBP", ImageFacts("webp", 80, 40), "image/webp", ".webp"),
    ],
)
def test_the_bytes_say_what_an_image_is(
    write: Write, kind: str, facts: ImageFacts, mime: str, extension: str
) -> None:
    found = inspect_image(write(halves(), kind))
    assert found == facts
    assert (found.mime, found.extension) == (mime, extension)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_image_is_refused(write: Write, kind: str, part: float) -> None:
    whole = write(Image.effect_noise((200, 200), 90).convert("RGB"), kind).read_bytes()
    with pytest.raises(ImageRefused, match="damaged or incomplete"):
        inspect_image(write(whole[: int(len(whole) * part)]))


def huge_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(7072, 7072), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(write: Write, size: tuple[int, int]) -> None:
    with pytest.raises(ImageRefused, match="megapixels"):
        inspect_image(write(huge_png(*size)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"GIF89a" + b"\0" * 100,
        b"<html><img src=x onerror=alert(1)></html>",
        b"%PDF-1.7\n%",
        b"8BPS" + b"\0" * 100,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"RIFF\x10\0\0\0WEBPVP8 junk",
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
    ],
    ids=range(10),
)
def test_other_files_are_refused(write: Write, content: bytes) -> None:
    with pytest.raises(ImageRefused, match=r"not a PNG, JPEG or WebP|damaged"):
        inspect_image(write(content))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_image_formats_are_refused(write: Write, kind: str) -> None:
    with pytest.raises(ImageRefused, match="not a PNG, JPEG or WebP"):
        inspect_image(write(halves(), kind))


def test_what_hides_behind_an_image_goes_into_no_derived_file(write: Write, tmp_path: Path) -> None:
    polyglot = write(halves(), "JPEG").read_bytes() + b"<script>alert(1)</script>"
    path = write(polyglot)
    assert decode_and_thumbnail(path, tmp_path / "t").format == "jpeg"
    assert b"script" not in (tmp_path / "t").read_bytes()
    assert b"script" not in prepare_reference(path).data
    assert path.read_bytes() == polyglot


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (80, 40)), (3, (80, 40)), (6, (40, 80)), (8, (40, 80))]
)
def test_orientation_is_applied_to_size_thumbnail_and_reference(
    write: Write, tmp_path: Path, kind: str, orientation: int, size: tuple[int, int]
) -> None:
    path = write(halves(), kind, exif=exif(orientation))
    facts = decode_and_thumbnail(path, tmp_path / "t.webp")
    reference = prepare_reference(path)
    assert (facts.width, facts.height) == size
    assert (reference.width, reference.height) == size
    for source in (tmp_path / "t.webp", io.BytesIO(reference.data)):
        with Image.open(source) as image:
            assert image.size == size
            assert "exif" not in image.info
            left_or_top = image.convert("RGB").getpixel((5, 5))
            assert is_near(left_or_top, RED if orientation in (1, 6) else BLUE, by=25)
    assert b"SecretCamera" in path.read_bytes()
    assert b"SecretCamera" not in reference.data + (tmp_path / "t.webp").read_bytes()


def checker(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.frombytes("I;16", (64, 32), b"\xff\xff" * 32 * 16 + b"\0\0" * 32 * 48)
    return halves(64, 32).convert(mode)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("RGBA", "PNG"),
        ("I;16", "PNG"),
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("RGBA", "WEBP"),
    ],
)
def test_every_colour_mode_can_be_shown_and_sent(write: Write, tmp_path: Path, mode: str, kind: str) -> None:
    path = write(checker(mode), kind)
    facts = decode_and_thumbnail(path, tmp_path / "t.webp", width=32)
    assert (facts.width, facts.height) == (64, 32)
    with Image.open(tmp_path / "t.webp") as image:
        assert (image.format, image.size) == ("WEBP", (32, 16))
    with Image.open(io.BytesIO(prepare_reference(path).data)) as image:
        assert image.mode in ("RGB", "RGBA")
        if mode == "CMYK":
            assert is_near(image.convert("RGB").getpixel((2, 2)), RED, by=30)
        if mode == "I;16":
            assert image.getpixel((2, 2)) == (255, 255, 255)
            assert image.getpixel((2, 30)) == (0, 0, 0)


def test_sixteen_bits_of_grey_keep_their_middle(write: Write) -> None:
    path = write(Image.frombytes("I;16", (4, 4), struct.pack("<H", 0x8000) * 16))
    with Image.open(io.BytesIO(prepare_reference(path).data)) as image:
        assert is_near(image.getpixel((1, 1)), (128, 128, 128), by=1)


def test_transparency_survives(write: Write, tmp_path: Path) -> None:
    image = halves().convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.paste((0, 0, 0, 0), (0, 0, 20, 20))
    for kind in ("PNG", "WEBP"):
        path = write(image, kind)
        decode_and_thumbnail(path, tmp_path / "t.webp")
        for source in (tmp_path / "t.webp", io.BytesIO(prepare_reference(path).data)):
            with Image.open(source) as shown:
                assert shown.getpixel((5, 5))[3] == 0  # type: ignore[index]
    transparent_palette = write(halves().convert("P"), "PNG", transparency=0)
    assert prepare_reference(transparent_palette).mime == "image/png"


def test_colours_are_brought_into_srgb(write: Write, tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = write(halves(), "PNG", icc_profile=lab)
    decode_and_thumbnail(path, tmp_path / "t.webp")
    with Image.open(tmp_path / "t.webp") as image:
        assert "icc_profile" not in image.info
        assert is_near(image.getpixel((5, 5)), RED)
    decode_and_thumbnail(write(halves(), "PNG", icc_profile=b"nonsense"), tmp_path / "t.webp")


def test_of_an_animation_the_first_frame_is_taken(write: Write, tmp_path: Path) -> None:
    second = Image.new("RGB", (80, 40), BLUE)
    path = write(Image.new("RGB", (80, 40), RED), "WEBP", save_all=True, append_images=[second], duration=100)
    assert decode_and_thumbnail(path, tmp_path / "t.webp").format == "webp"
    with Image.open(tmp_path / "t.webp") as image:
        assert getattr(image, "n_frames", 1) == 1
        assert is_near(image.convert("RGB").getpixel((5, 5)), RED)


def test_thumbnails_of_several_widths_never_enlarge(write: Write, tmp_path: Path) -> None:
    path = write(Image.effect_noise((1000, 500), 60).convert("RGB"), "JPEG")
    targets = {width: tmp_path / "thumbs" / f"{width}.webp" for width in (320, 1280)}
    make_thumbnails(path, targets)
    with Image.open(targets[320]) as small, Image.open(targets[1280]) as large:
        assert (small.size, large.size) == ((320, 160), (1000, 500))
    assert sorted(file.name for file in (tmp_path / "thumbs").iterdir()) == ["1280.webp", "320.webp"]


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (3, 3), (1, 1)])
def test_odd_shapes(write: Write, tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(Image.new("RGB", size, RED))
    facts = decode_and_thumbnail(path, tmp_path / "t.webp")
    assert (facts.width, facts.height) == size
    assert max(prepare_reference(path).width, prepare_reference(path).height) <= 4096


def test_a_refused_image_leaves_no_thumbnail(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ImageRefused):
        decode_and_thumbnail(write(b"nothing"), tmp_path / "thumbs" / "t.webp")
    assert not (tmp_path / "thumbs").exists()


def test_a_small_png_is_sent_without_loss(write: Write) -> None:
    image = Image.effect_noise((300, 200), 80).convert("RGB")
    reference = prepare_reference(write(image))
    assert reference.mime == "image/png"
    with Image.open(io.BytesIO(reference.data)) as sent:
        assert sent.tobytes() == image.tobytes()


def test_a_reference_is_made_to_fit(write: Write) -> None:
    noise = Image.effect_noise((900, 600), 90)
    for image, mime in ((noise.convert("RGB"), "image/jpeg"), (noise.convert("RGBA"), "image/webp")):
        reference = prepare_reference(write(image), max_bytes=60_000)
        assert reference.mime == mime
        assert len(reference.data) <= 60_000
        assert abs(reference.width / reference.height - 1.5) < 0.05
    with pytest.raises(ImageRefused, match="can't be made smaller"):
        prepare_reference(write(noise), max_bytes=10)


def test_a_reference_becomes_a_data_uri(write: Write) -> None:
    reference = prepare_reference(write(halves(), "JPEG"))
    head, _, payload = data_uri(reference).partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(payload) == reference.data


def test_a_file_that_is_not_there_is_no_refusal(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect_image(tmp_path / "none")


@pytest.mark.parametrize(("mode", "size"), [("RGB", (6000, 5000)), ("RGBA", (5000, 6000))])
def test_large_pictures_are_shrunk_in_bands_without_a_seam(
    write: Write, tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    path = write(halves(*size).convert(mode), "PNG", compress_level=1)
    facts = decode_and_thumbnail(path, tmp_path / "t.webp")
    assert (facts.width, facts.height) == size
    with Image.open(tmp_path / "t.webp") as image:
        assert image.size == (640, round(640 * size[1] / size[0]))
        shown = image.convert("RGB")
        for row in range(0, image.height, 7):
            assert is_near(shown.getpixel((100, row)), RED)
            assert is_near(shown.getpixel((540, row)), BLUE)
    reference = prepare_reference(path)
    assert abs(reference.width / reference.height - size[0] / size[1]) < 0.01


def marked(mode: str, size: tuple[int, int] = (80, 40)) -> Image.Image:
    """A mask whose left half is marked, by transparency or by brightness."""
    image = Image.new(mode, size, {"RGBA": (9, 9, 9, 255), "LA": (9, 255)}.get(mode, 0))
    mark = {"RGBA": (200, 0, 0, 0), "LA": (200, 0), "RGB": (255, 255, 255)}.get(
        mode, 1 if mode == "1" else 255
    )
    image.paste(mark, (0, 0, size[0] // 2, size[1]))
    return image


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "RGB", "1"])
@pytest.mark.parametrize("size", [None, (80, 40), (30, 15), (200, 100)])
def test_a_mask_says_by_alpha_and_by_brightness_what_may_change(
    write: Write, mode: str, size: tuple[int, int] | None
) -> None:
    mask = prepare_mask(write(marked(mode)), size)
    assert mask.mime == "image/png"
    with Image.open(io.BytesIO(mask.data)) as image:
        assert image.format == "PNG"
        assert image.mode == "RGBA"
        assert image.size == (mask.width, mask.height) == (size or (80, 40))
        assert image.getpixel((0, 0)) == image.getpixel((image.width // 2 - 1, 3)) == (255, 255, 255, 0)
        assert image.getpixel((image.width // 2, 3)) == (0, 0, 0, 255)
        assert {colour for _, colour in image.getcolors() or []} == {(255, 255, 255, 0), (0, 0, 0, 255)}


def test_a_mask_is_turned_as_its_picture_and_keeps_thin_marks(write: Write) -> None:
    turned = write(marked("RGB"), "JPEG", exif=exif(6))
    with Image.open(io.BytesIO(prepare_mask(turned, (40, 80)).data)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255, 0)
        assert image.getpixel((5, 75)) == (0, 0, 0, 255)
    thin = Image.new("L", (400, 400))
    thin.putpixel((200, 200), 255)
    with Image.open(io.BytesIO(prepare_mask(write(thin), (40, 40)).data)) as image:
        assert image.getchannel("A").getextrema() == (0, 255)


def test_a_mask_may_mark_everything_but_not_nothing(write: Write) -> None:
    assert not has_marks(write(Image.new("RGBA", (20, 20), (0, 0, 0, 255))))
    assert not has_marks(write(Image.new("L", (20, 20))))
    assert has_marks(write(Image.new("RGBA", (20, 20), (255, 255, 255, 0))))
    assert has_marks(write(Image.new("L", (20, 20), 255)))
