"""Lucide's icons, drawn once per process: the package builds each anew, which was a sixth of an answer of cards."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()

_drawn = lru_cache(maxsize=512)(lucide)


@register.simple_tag
def icon(name: str, *, size: int = 24, **attributes: str) -> str:
    """Draw an icon by its name at https://lucide.dev, `size` in pixels, with further attributes of the element."""
    return _drawn(name, size=size, **attributes)
