"""The details of an entry in words: each with what it was before and is after, where both are known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from studio.administration.audit_log.names import Names
from studio.audit.models import AuditEntry
from studio.keys.models import KeyState
from studio.kit.money import dollars
from studio.kit.wire import JsonValue
from studio.projects.models import Visibility
from studio.spending.periods import Period

MOST_LISTED = 20
# Said in the sentence already, or by whose limits they are.
_SAID = {"count", "person", "project", "user"}
# What is a list of things, not what something was before and after.
_LISTS = {"fields", "before", "after"}

_FIRST = ("period", "valid_from", "fields", "before", "after")

# What is the id of something that has a name.
_NAMED = {"new_key": "apikey", "watchers": "user"}

# What is said where a detail has no value, by the verbs.
_NOTHING = {"limit.": "no limit", "key.limits": "no limit", "price.": "unknown"}

_LABELS = {
    "watchers": "Told",
    "micros": "Money",
    "address": "Network address",
    "route": "Page",
    "company": "At the company’s sign-in",
    "fields": "Changed",
    "link": "Link",
    "new_key": "New key",
    "max_in_flight": "At once",
    "max_submitting": "Sent at once",
    "max_per_minute": "A minute",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One detail: with `before`, it has changed to `value`."""

    label: str
    value: str
    before: str | None = None


def facts_of(entry: AuditEntry, names: Names) -> list[Fact]:
    """Return what the entry says beyond its sentence."""
    names_in_order = sorted(entry.details, key=_place)
    return [fact for name in names_in_order for fact in _facts(entry, name, entry.details[name], names)]


def _place(name: str) -> tuple[int, str]:
    """Sort them, since PostgreSQL keeps no order of keys."""
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name


def _facts(entry: AuditEntry, name: str, value: JsonValue, names: Names) -> Iterator[Fact]:
    if name in _SAID:
        return
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    if not _is_change(entry, name, value):
        yield Fact(label, _value(entry, name, value, names))
    elif isinstance(value, list) and value[0] != value[1]:
        before, after = (_value(entry, name, each, names) for each in value)
        yield Fact(label, after, before)


def _is_change(entry: AuditEntry, name: str, value: JsonValue) -> bool:
    is_list_of_images = name == "images" and entry.subject_kind == "project"
    return isinstance(value, list) and len(value) == 2 and name not in _LISTS and not is_list_of_images


def _value(entry: AuditEntry, name: str, value: JsonValue, names: Names) -> str:
    if isinstance(value, list):
        shown = [_value(entry, name, each, names) for each in value[:MOST_LISTED]]
        rest = len(value) - len(shown)
        return (", ".join(shown) + (f" and {rest:,} more" if rest else "")) or "none"
    if name in _NAMED:
        return names.of(_NAMED[name], value)
    if value is None:
        return next((word for verbs, word in _NOTHING.items() if entry.verb.startswith(verbs)), "none")
    if name == "micros" or (entry.verb.startswith("price.") and name in _LISTS):
        return dollars(value) if isinstance(value, int) else str(value)
    return _WRITERS.get(name, str)(value)


def _labelled(choices: Mapping[str, str]) -> Callable[[object], str]:
    return lambda value: choices.get(str(value), str(value))


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


_WRITERS: Mapping[str, Callable[[object], str]] = {
    "role": lambda value: str(value).capitalize(),
    "visibility": _labelled(dict(Visibility.choices)),
    "state": lambda value: KeyState(value).label.lower() if value in KeyState.values else str(value),
    "period": lambda value: Period(value).label if value in Period.values else str(value),
    "images": _number,
    "route": lambda value: write_route(str(value)),
}


def write_route(route: str) -> str:
    """Write the name of a page as words: "administration:person_role" is "administration, person role"."""
    return route.replace(":", ", ").replace("_", " ") or "a page"
