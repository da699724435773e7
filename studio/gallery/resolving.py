"""Filters that were typed as words, such as `by:ada`, become filters proper: two views of one query."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from studio.catalog.models import ImageModel
from studio.gallery.days import read_typed_day
from studio.gallery.filters import Filters
from studio.gallery.typed import read_typed
from studio.gallery.words import words_of
from studio.generation.models import Image, Shape
from studio.people.models import User
from studio.projects.models import Project


@dataclass(frozen=True, slots=True)
class Reader:
    """Who typed it, where and when."""

    project: Project
    person: User
    today: date


def resolve(filters: Filters, reader: Reader) -> tuple[Filters, list[str]]:
    """Return the filters with the typed ones understood, and a sentence for each that could not be.

    What was not understood stays in the text, so that nothing that was typed is lost.
    """
    typed = read_typed(filters.text)
    resolved, left, problems = replace(filters, text=typed.text), [typed.text], []
    for token in typed.tokens:
        narrowed = _READERS[token.key](resolved, token.value, reader)
        if isinstance(narrowed, str):
            problems.append(narrowed)
            left.append(token.raw)
        else:
            resolved = narrowed
    return replace(resolved, text=" ".join(filter(None, left))), problems


def _read_model(filters: Filters, value: str, reader: Reader) -> Filters | str:
    """A model by the name or slug of its entry in the picker, or by the beginning of words in it."""
    used = Image.objects.filter(project=reader.project).order_by().values("model_id")
    models = list(ImageModel.objects.filter(id__in=used).order_by("id"))
    exact = [
        model.pk for model in models if value.casefold() in (model.slug.casefold(), model.name.casefold())
    ]
    found = exact or [model.pk for model in models if _begin(f"{model.name} {model.slug}", value)]
    if not found:
        return f"No image here was made with a model named “{value}”."
    return filters.with_choices(models=found)


def _read_person(filters: Filters, value: str, reader: Reader) -> Filters | str:
    if value.casefold() == "me":
        return filters.with_choices(authors=[reader.person.pk])
    makers = Image.objects.filter(project=reader.project).order_by().values("author_id")
    people = User.objects.filter(id__in=makers).order_by("id")
    found = [person.pk for person in people if _begin(f"{person.display_name} {person.email}", value)]
    if not found:
        return f"Nobody named “{value}” has made an image here."
    return filters.with_choices(authors=found)


def _read_mark(filters: Filters, value: str, reader: Reader) -> Filters | str:
    if value.casefold() in ("starred", "star", "favourite", "favorite"):
        return replace(filters, is_starred=True)
    return f"“is:{value}” is not known. Try is:starred."


def _read_shape(filters: Filters, value: str, reader: Reader) -> Filters | str:
    found = [shape for shape in Shape.values if value and shape.startswith(value.casefold())]
    if not found:
        return f"“{value}” is no shape. Try landscape, portrait or square."
    return filters.with_choices(shapes=found)


def _read_after(filters: Filters, value: str, reader: Reader) -> Filters | str:
    day = read_typed_day(value, reader.today)
    if day is None:
        return f"“{value}” is not understood as a day. Try after:{reader.today}."
    return replace(filters, since=day, when=None)


def _read_before(filters: Filters, value: str, reader: Reader) -> Filters | str:
    day = read_typed_day(value, reader.today)
    if day is None:
        return f"“{value}” is not understood as a day. Try before:{reader.today}."
    return replace(filters, until=day - timedelta(days=1), when=None)


def _begin(name: str, value: str) -> bool:
    """Say whether each word of the value begins a word of the name."""
    words = words_of(name)
    wanted = words_of(value)
    return bool(wanted) and all(any(word.startswith(start) for word in words) for start in wanted)


_READERS: dict[str, Callable[[Filters, str, Reader], Filters | str]] = {
    "model": _read_model,
    "by": _read_person,
    "is": _read_mark,
    "shape": _read_shape,
    "after": _read_after,
    "before": _read_before,
}
