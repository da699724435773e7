"""The addresses of images, and the sizes that a browser may choose from."""

import pytest
from django.urls import reverse

from studio.generation.links import Links
from studio.generation.models import Image

THUMB = "/p/spring/images/7/thumb/{}.webp"
FILE = "/p/spring/images/7/file/"


@pytest.mark.parametrize("key", ["7", "8", "123456789"])
def test_an_address_is_that_of_its_view(key: str) -> None:
    links = Links("spring-2025")
    assert links.to("gallery:image", key) == reverse("gallery:image", args=["spring-2025", int(key)])
    assert links.to("gallery:thumb", key, 320) == reverse(
        "gallery:thumb", args=["spring-2025", int(key), 320]
    )
    assert links.to("gallery:thumb", key, 640) == reverse(
        "gallery:thumb", args=["spring-2025", int(key), 640]
    )


@pytest.mark.parametrize(
    ("width", "thumbnails", "tile", "page"),
    [
        (1024, [640, 320], ["320 320w", "640 640w"], ["320 320w", "640 640w", "file 1024w"]),
        (
            1024,
            [320, 640, 1280],
            ["320 320w", "640 640w", "1280 1024w"],
            ["320 320w", "640 640w", "file 1024w"],
        ),
        (640, [320, 640, 1280], ["320 320w", "640 640w"], ["320 320w", "file 640w"]),
        (200, [320, 640, 1280], ["320 200w"], ["file 200w"]),
        (1024, [], ["file 1024w"], ["file 1024w"]),
    ],
)
def test_no_more_thumbnails_than_the_image_is_wide(
    width: int, thumbnails: list[int], tile: list[str], page: list[str]
) -> None:
    image = Image(id=7, width=width, height=500, thumbnail_widths=thumbnails)
    links = Links("spring")
    assert links.sources(image) == ", ".join(map(_address, tile))
    assert links.sources(image, with_original=True) == ", ".join(map(_address, page))


def _address(short: str) -> str:
    name, width = short.split()
    return f"{FILE if name == 'file' else THUMB.format(name)} {width}"
