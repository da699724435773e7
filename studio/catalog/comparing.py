"""What one schema of a model says otherwise than another: for whoever decides whether to take it over. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from studio.catalog.spec import Field, Spec
from studio.catalog.values import shorten, to_text

Tone = Literal["add", "chg", "del"]

_BOUNDS = (
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("above", "more than"),
    ("below", "less than"),
    ("step", "steps of"),
    ("min_length", "characters from"),
    ("max_length", "characters up to"),
    ("min_items", "entries from"),
    ("max_items", "entries up to"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of a field: `word` names its kind, `before` and `after` are empty where there was or is nothing."""

    word: str
    tone: Tone
    name: str
    before: str = ""
    after: str = ""


def compare(before: Spec, after: Spec) -> list[Change]:
    """Return what changes from one spec to another: new fields, then changed ones, then those that are gone."""
    old = {field.name: field for field in before.fields}
    new = {field.name: field for field in after.fields}
    added = [Change("New", "add", name, after=_about(new[name])) for name in new if name not in old]
    changed = [each for name in new if name in old for each in _changes(old[name], new[name])]
    gone = [Change("Gone", "del", name, before=_about(old[name])) for name in old if name not in new]
    return [*added, *changed, *gone]


def describe(spec: Spec) -> list[Change]:
    """Return the fields of a model that is new altogether."""
    return [Change("New", "add", field.name, after=_about(field)) for field in spec.fields]


def _changes(old: Field, new: Field) -> Iterator[Change]:
    yield from _option_changes(old, new)
    said = (
        ("Kind", old.kind, new.kind),
        ("Default", to_text(old, old.default), to_text(new, new.default)),
        ("Bound", _bounds(old), _bounds(new)),
        ("Pattern", old.pattern, new.pattern),
        ("Needed", _need(old), _need(new)),
        ("Title", old.title, new.title),
        ("Help", old.help, new.help),
    )
    is_explained = False
    for word, before, after in said:
        if before != after:
            is_explained = True
            yield Change(word, "chg", new.name, shorten(before or "none"), shorten(after or "none"))
    if not is_explained and (old.fields, old.item, old.variants) != (new.fields, new.item, new.variants):
        yield Change("Parts", "chg", new.name, after="something within it has changed")


def _option_changes(old: Field, new: Field) -> Iterator[Change]:
    before, after = [each.key for each in old.options], [each.key for each in new.options]
    if added := [key for key in after if key not in before and before]:
        yield Change("New option", "add", new.name, after=shorten(", ".join(added)))
    if gone := [key for key in before if key not in after and after]:
        yield Change("Option gone", "del", new.name, before=shorten(", ".join(gone)))


def _about(field: Field) -> str:
    """Say what a field takes, in a few words."""
    options = ", ".join(option.key for option in field.options)
    words = [options or field.kind, _bounds(field), "needed" if field.required else ""]
    return shorten(", ".join(filter(None, words)))


def _bounds(field: Field) -> str:
    limits = ((words, getattr(field, name)) for name, words in _BOUNDS)
    return ", ".join(f"{words} {limit:,}" for words, limit in limits if limit is not None)


def _need(field: Field) -> str:
    return "needed" if field.required else "optional"
