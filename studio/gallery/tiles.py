"""What a tile of the gallery shows, as plain text for its template.

A page has sixty of them, so what all have in common, such as the form of their addresses, is worked out once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from studio.generation.links import Links
from studio.generation.models import Image
from studio.people.avatars import hue, initials, portrait_url
from studio.people.models import User
from studio.templatetags.pictures import in_short, row_ratio

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
    portrait: str
    model: str


@dataclass(frozen=True, slots=True)
class _Author:
    """What a tile says of a person."""

    name: str
    initials: str
    hue: str
    portrait: str

    @classmethod
    def of(cls, person: User) -> "_Author":
        name = person.display_name
        return cls(name, initials(name), str(hue(person.pk)), portrait_url(person))


class TileDrawer:
    """Draws tiles of one project; links lead to the image among those that the query's filters show."""

    def __init__(self, slug: str, query: str = "") -> None:
        self._links = Links(slug)
        self._query = f"?{query}" if query else ""
        self._authors: dict[int, _Author] = {}

    def draw(self, images: Iterable[Image]) -> list[Tile]:
        """Draw images as `pages.tiles` reads them."""
        return [self._draw(image) for image in images]

    def _draw(self, image: Image) -> Tile:
        key, author, links = str(image.pk), self._author_of(image), self._links
        return Tile(
            key=key,
            href=links.to("gallery:image", key) + self._query,
            src=links.to("gallery:thumb", key, SHOWN_WIDTH),
            srcset=links.sources(image),
            ratio=row_ratio(image),
            width=str(image.width),
            height=str(image.height),
            alt=in_short(vars(image)["prompt"]),
            size_bytes=str(image.size_bytes),
            star_url=links.to("gallery:star", key),
            is_starred=vars(image)["is_starred"],
            is_gone=image.deleted_at is not None,
            author=author.name,
            initials=author.initials,
            hue=author.hue,
            portrait=author.portrait,
            model=vars(image)["model_name"],
        )

    def _author_of(self, image: Image) -> _Author:
        if image.author_id not in self._authors:
            self._authors[image.author_id] = _Author.of(image.author)
        return self._authors[image.author_id]
