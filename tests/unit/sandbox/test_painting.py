"""What the painter promises: right size, right format, the same bytes for the same order."""

import io

import pytest
from PIL import Image

from studio.sandbox.painting import Order
from studio.sandbox.painting.easel import paint_picture
from studio.sandbox.painting.reference import shrink
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


def test_a_reference_that_is_no_image_is_painted_over_all_the_same() -> None:
    assert read(shrink(b"\x89PNG\r\n\x1a\nnonsense")).size == (1, 1)
