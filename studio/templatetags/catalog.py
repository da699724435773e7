"""How a model introduces itself: its mark, what it can do, and the controls of its form."""

from functools import lru_cache
from typing import NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from studio.catalog.drawing import Places
from studio.catalog.forms import InputForm, build_form
from studio.catalog.models import ImageModel
from studio.catalog.queries import ability_of
from studio.catalog.spec import Spec

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


@register.simple_tag
def form_fields(form: InputForm, sentence: str, is_marked: bool) -> SafeString:
    """Draw the controls of a form; as it is before anybody has filled it, it is drawn once for all."""
    if form.is_untouched and not is_marked:
        return _untouched_fields(form.spec, form.places)
    return _draw(form, sentence, is_marked=is_marked)


@lru_cache(maxsize=128)
def _untouched_fields(spec: Spec, places: Places) -> SafeString:
    form = build_form(spec)
    form.places = places
    return _draw(form, "", is_marked=False)


def _draw(form: InputForm, sentence: str, *, is_marked: bool) -> SafeString:
    context = {"form": form, "sentence": sentence, "is_marked": is_marked}
    return render_to_string("catalog/_form_fields.html", context)
