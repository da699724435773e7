"""What the painter promises: right size, right format, the same bytes for the same order."""

import io

import pytest
from PIL import Image

from studio.sandbox.painting import Order
from studio.sandbox.painting.easel import paint_picture
from studio.sandbox.painting.reference import shrink, shrink_mask
from studio.sandbox.painting.scenes import SCENES, Scene


def order(
    prompt: str = "mountains", *, seed: int = 1, size: tuple[int, int] = (320, 192), reference: bytes = b""
) -> Order:
    return Order(prompt, seed, *size, "png", reference)


def read(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def one_colour(colour: tuple[int, int, int]) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_repeatable_and_fills_any_shape(scene: Scene) -> None:
    prompt = SCENES[scene].split()[0]
    for size in ((320, 192), (48, 384), (384, 48)):
        first, second = (paint_picture(order(prompt, size=size)) for _ in range(2))
        assert first == second
        assert read(first).size == size
        shades = read(first).convert("L").histogram()
        assert sum(count > 0 for count in shades) > 60, "the picture is empty"


def test_seed_and_prompt_change_the_picture() -> None:
    assert (
        len({paint_picture(order(prompt, seed=seed)) for prompt in ("sea", "sea at dusk") for seed in (1, 2)})
        == 4
    )


@pytest.mark.parametrize(("name", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
@pytest.mark.parametrize("is_plain", [False, True])
def test_formats_and_signature(name: str, kind: str, is_plain: bool) -> None:
    image = read(paint_picture(Order("poster", 7, 200, 120, name), is_plain=is_plain))
    assert (image.format, image.size) == (kind, (200, 120))
    software = image.info["Software"] if kind == "PNG" else image.getexif()[0x0131]
    assert software == "Studio sandbox"


def test_large_pictures_are_enlarged_to_the_asked_size() -> None:
    assert read(paint_picture(order("poster", size=(2048, 2048)))).size == (2048, 2048)


def test_an_edit_keeps_the_colours_of_its_reference() -> None:
    red, blue = (
        read(paint_picture(order(reference=shrink(one_colour(colour)))))
        .convert("RGB")
        .resize((1, 1))
        .getpixel((0, 0))
        for colour in ((200, 30, 30), (30, 30, 200))
    )
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > blue[0] + 40
    assert blue[2] > red[2] + 40


@pytest.mark.parametrize("is_transparent", [True, False])
def test_with_a_mask_only_what_it_marks_is_painted(is_transparent: bool) -> None:
    left, right = (0, 0, 150, 200), (150, 0, 300, 200)
    mask = Image.new("RGBA", (300, 200), (0, 0, 0, 255))
    mask.paste((255, 255, 255, 0 if is_transparent else 255), right)
    target = io.BytesIO()
    mask.save(target, "PNG")
    marks = shrink_mask(target.getvalue())
    edited = read(paint_picture(Order("sea", 1, 300, 200, "png", shrink(one_colour((200, 30, 30))), marks)))

    def redness(box: tuple[int, int, int, int]) -> int:
        pixel = edited.convert("RGB").crop(box).resize((1, 1)).getpixel((0, 0))
        assert isinstance(pixel, tuple)
        return int(pixel[0] - pixel[2])

    assert redness(left) > 120
    assert redness(right) < 60


def test_a_mask_that_is_no_image_marks_nothing() -> None:
    assert shrink_mask(b"\x89PNG\r\n\x1a\nnonsense") == b""


def test_a_reference_that_is_no_image_is_painted_over_all_the_same() -> None:
    assert read(shrink(b"\x89PNG\r\n\x1a\nnonsense")).size == (1, 1)
