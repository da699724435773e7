"""The tiles of finished images, of which a page shows dozens that differ in a few words.

Their template is rendered once for each kind, with numbers in the places that differ, and cut there: a tile is then
its pieces with its own words between them. Rendering each anew was half of the time of a page. So in the template
these values may only be written out, never decide anything; a test compares both ways.
"""

import re
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from studio.generation.models import Image
from studio.generation.presenters import Card, Tile
from studio.projects.models import Project

register = template.Library()

TEMPLATE = "generation/_image_tile.html"
# Numbers that no page has by itself. Of the image's place its number is left when the template has added 1.
_HOLE = re.compile(r"(9100000000000000\d\d)")
_IMAGE, _NUMBER, _WIDTH, _HEIGHT, _GENERATION, _RATIO, _ALT, _TOKEN = (
    910_000_000_000_000_000 + each for each in range(1, 9)
)


class Kind(NamedTuple):
    """What decides about the markup of a tile."""

    slug: str
    is_starred: bool
    can_delete: bool
    can_edit: bool


@register.simple_tag(takes_context=True)
def image_tile(context: template.Context, tile: Tile, card: Card, project: Project) -> SafeString:
    """Render the tile of a finished image, as `{% include %}` of its template would."""
    image: Image | None = tile.image
    assert image is not None
    values = {
        str(_IMAGE): str(image.pk),
        str(_NUMBER): str(tile.number),
        str(_WIDTH): str(image.width),
        str(_HEIGHT): str(image.height),
        str(_GENERATION): str(card.generation.pk),
        str(_RATIO): escape(tile.ratio),
        str(_ALT): escape(tile.alt),
        str(_TOKEN): escape(context["csrf_token"]),
    }
    pieces = _pieces_of(Kind(project.slug, tile.is_starred, tile.can_delete, card.can_edit))
    return mark_safe("".join([values.get(piece, piece) for piece in pieces]))  # noqa: S308  all values are escaped


@lru_cache(maxsize=256)
def _kept_pieces(kind: Kind) -> list[str]:
    image = SimpleNamespace(pk=_IMAGE, width=_WIDTH, height=_HEIGHT, position=_NUMBER - 1)
    tile = SimpleNamespace(
        number=_NUMBER,
        ratio=str(_RATIO),
        alt=str(_ALT),
        image=image,
        is_starred=kind.is_starred,
        can_delete=kind.can_delete,
    )
    context = {
        "tile": tile,
        "card": SimpleNamespace(can_edit=kind.can_edit, generation=SimpleNamespace(pk=_GENERATION)),
        "project": SimpleNamespace(slug=kind.slug),
        "csrf_token": str(_TOKEN),
    }
    return _HOLE.split(render_to_string(TEMPLATE, context))


# While developing, a template that was changed is read again.
_pieces_of = _kept_pieces.__wrapped__ if settings.DEBUG else _kept_pieces
