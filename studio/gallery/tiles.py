"""What a tile of the gallery shows, as plain text for its template.

A page has sixty of them, so what all have in common, such as the form of their addresses, is worked out once.
"""

from collections.abc import Iterable
from typing import TypedDict

from django.urls import reverse

from studio.generation.models import Image
from studio.templatetags.pictures import alt_text, row_ratio
from studio.templatetags.shell import hue, initials

# Stands for an image in an address until its own id takes the place.
ANY = 987_654_321
SHOWN_WIDTH = 640


class Tile(TypedDict):
    """One image; all that isn't a word or an address is written out, so that the template has nothing to convert.

    A dict, since that is what a template looks things up in first: a third of its time for an object.
    """

    key: str
    href: str
    src: str
    srcset: str
    ratio: str
    width: str
    height: str
    alt: str
    size_bytes: str
    star_url: str
    is_starred: bool
    is_gone: bool
    author: str
    initials: str
    hue: str
    model: str


class TileDrawer:
    """Draws tiles of one project; links lead to the image among those that the query's filters show."""

    def __init__(self, slug: str, query: str = "") -> None:
        self._image = _around(reverse("gallery:image", args=[slug, ANY]))
        self._star = _around(reverse("gallery:star", args=[slug, ANY]))
        self._file = _around(reverse("gallery:file", args=[slug, ANY]))
        self._thumbs = {
            width: _around(reverse("gallery:thumb", args=[slug, ANY, width])) for width in (320, 640, 1280)
        }
        self._query = f"?{query}" if query else ""

    def draw(self, images: Iterable[Image]) -> list[Tile]:
        """Draw images as `pages.tiles` reads them."""
        return [self._draw(image) for image in images]

    def _draw(self, image: Image) -> Tile:
        key, author = str(image.pk), image.author
        return Tile(
            key=key,
            href=key.join(self._image) + self._query,
            src=key.join(self._thumbs[SHOWN_WIDTH]),
            srcset=self._sources(image, key),
            ratio=row_ratio(image),
            width=str(image.width),
            height=str(image.height),
            alt=alt_text(image),
            size_bytes=str(image.size_bytes),
            star_url=key.join(self._star),
            is_starred=vars(image)["is_starred"],
            is_gone=image.deleted_at is not None,
            author=author.display_name,
            initials=initials(author.display_name),
            hue=str(hue(author.pk)),
            model=image.model.name,
        )

    def _sources(self, image: Image, key: str) -> str:
        """Return the thumbnails that exist up to the first that is as wide as the image, else the file itself."""
        sources = []
        for width in sorted(set(image.thumbnail_widths) & self._thumbs.keys()):
            sources.append(f"{key.join(self._thumbs[width])} {min(width, image.width)}w")
            if width >= image.width:
                break
        return ", ".join(sources) or f"{key.join(self._file)} {image.width}w"


def _around(address: str) -> tuple[str, str]:
    """Return what stands before and after the id in an address."""
    before, _, after = address.rpartition(str(ANY))
    return before, after
