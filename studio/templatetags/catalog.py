"""How a model introduces itself: its mark and what it can do."""

from typing import NamedTuple

from django import template

from studio.catalog.models import ImageModel
from studio.catalog.queries import ability_of

register = template.Library()


class Mark(NamedTuple):
    """The tint and the icon of a model's family."""

    tint: str
    icon: str


_MARKS = {
    "nano banana": Mark("g1", "banana"),
    "gpt image": Mark("g3", "aperture"),
    "imagen": Mark("g5", "sparkles"),
    "z-image": Mark("g4", "zap"),
}
_PLAIN = Mark("", "image")


@register.filter
def mark(model: ImageModel) -> Mark:
    """Return the mark of the model's family."""
    name = model.name.lower()
    return next((found for family, found in _MARKS.items() if name.startswith(family)), _PLAIN)


@register.filter
def ability(model: ImageModel) -> str:
    """Return what the model does: generate, edit, or both."""
    return ability_of(model)
