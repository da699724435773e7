"""Addresses that differ in one number, for pages that show hundreds: `{% url %}` works each out anew."""

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# A number that stands for the one that differs.
_HOLE = 987_654_321


@register.simple_tag
def address(view_name: str, slug: str, number: int, *rest: str | int) -> SafeString:
    """Return what `{% url view_name slug number … %}` returns, the pattern being looked up once."""
    head, tail = _around(view_name, slug, rest)
    return mark_safe(f"{head}{number:d}{tail}")  # noqa: S308  a number in what `reverse` has quoted


@lru_cache(maxsize=2048)
def _around(view_name: str, slug: str, rest: tuple[str | int, ...]) -> tuple[str, str]:
    head, _, tail = reverse(view_name, args=[slug, _HOLE, *rest]).partition(str(_HOLE))
    return head, tail
