"""The form of another model, filled with what fits of what was typed into the form before."""

import re
from collections.abc import Sequence

from studio.catalog.composites import text_of
from studio.catalog.forms import (
    CALLS,
    PREFIX,
    WAITING,
    Data,
    InputForm,
    WaitingValue,
    images_in,
    waiting_values_in,
    within_bounds,
)
from studio.catalog.markers import read_image
from studio.catalog.spec import Field, Role, Spec
from studio.catalog.validation import find_errors
from studio.catalog.values import InvalidValue, parse_value, to_text
from studio.kit.wire import JsonObject, JsonValue

_CARRIED_ROLES: tuple[Role, ...] = (
    *("prompt", "references", "mask", "aspect_ratio", "size", "resolution", "seed"),
)


def refit_form(spec: Spec, data: Data, *, previous: Spec | None = None) -> InputForm:
    """Return the form of a newly chosen model with the values that still fit; the titles of others are in `dropped`.

    Values go to the field of the same name, else to that of the same role. Those that have none wait, unseen, for a
    form that takes them; so do those that waited before, unless their field has been filled otherwise since.
    """
    initial: JsonObject = {}
    shown = (previous or spec).shown
    left = [(old, words) for old in shown if (words := _carry(old, spec, data, initial))]
    still, restored = _restore(spec, data, initial)
    calls = _calls_of(data, previous)
    if count := spec.with_role("count"):
        initial[count.name] = max(int(count.minimum or 1), min(calls, int(count.maximum or calls)))
    waiting = _references_left(spec, data, previous or spec, initial)
    form = InputForm(spec, initial=initial, calls=max(1, min(calls, spec.max_calls)))
    leaving = [
        WaitingValue(old.role, old.name, _text(old, data) or "") for old, _ in left if not old.takes_images
    ]
    form.waiting, form.waiting_values = waiting, within_bounds([*leaving, *still])
    waits = {value.name for value in form.waiting_values}
    form.dropped = [words for _, words in left]
    form.lost = [words for old, words in left if old.name not in waits and old.role != "references"]
    form.restored = restored
    return form


def _restore(spec: Spec, data: Data, initial: JsonObject) -> tuple[list[WaitingValue], list[str]]:
    """Put values that waited where they fit again. Return those that wait on, and the titles of the others' fields."""
    still, restored = [], []
    for waiting in waiting_values_in(data):
        field = _counterpart(spec, waiting.name, waiting.role)
        if field and field.name in initial:
            continue
        value = _value_for(spec, field, waiting.role, waiting.text)
        if field is None or value is None:
            still.append(waiting)
        else:
            initial[field.name] = value
            restored.append(field.title)
    return still, restored


def _references_left(spec: Spec, data: Data, previous: Spec, initial: JsonObject) -> list[str]:
    """Return the references that the new spec has no room for; those that waited fill the room that there is."""
    old, field = previous.with_role("references"), spec.with_role("references")
    there = images_in(data, PREFIX + old.name) if old else []
    images = list(dict.fromkeys([*there, *images_in(data, WAITING)]))
    if field is None:
        return images
    if images:
        _fill_images(field, images, initial)
    return images[field.most_images :] if field.most_images else []


def _fill_images(field: Field, images: Sequence[str], initial: JsonObject) -> int:
    """Put as many images into a field as it takes; return how many."""
    fitting = [read_image(image) for image in images[: field.most_images]]
    if fitting:
        initial[field.name] = fitting if field.kind in ("files", "strings") else fitting[0]
    return len(fitting)


def _carry(old: Field, spec: Spec, data: Data, initial: JsonObject) -> str:
    """Put a field's value where the new spec wants it. Return the words for what was said and finds no place."""
    raw = _text(old, data)
    if old.role == "count" or raw is None or raw == to_text(old, old.start):
        return ""
    field = _counterpart(spec, old.name, old.role)
    if old.takes_images:
        return _carry_images(old, field, data, initial)
    value = _value_for(spec, field, old.role, raw)
    if field and value is not None:
        initial[field.name] = value
    return old.title if value is None and raw.strip() else ""


def _text(field: Field, data: Data) -> str | None:
    return text_of(field, PREFIX + field.name, data)


def _carry_images(old: Field, field: Field | None, data: Data, initial: JsonObject) -> str:
    """Put as many images into the new field as it takes. Return the words for those that are lost."""
    images = images_in(data, PREFIX + old.name)
    lost = len(images) - (_fill_images(field, images, initial) if field and field.takes_images else 0)
    return old.title if lost == len(images) > 0 else f"{lost} of the {old.title.lower()}" * bool(lost)


def _counterpart(spec: Spec, name: str, role: Role) -> Field | None:
    """Return the field that asks for the same as one of another form."""
    named = next((field for field in spec.shown if field.name == name), None)
    if named is not None and (named.role == role or role not in _CARRIED_ROLES):
        return named
    return spec.with_role(role) if role in _CARRIED_ROLES else None


def _value_for(spec: Spec, field: Field | None, role: Role, raw: str) -> JsonValue:
    """Return the value if it fits the field; options may differ in case (minimal, MINIMAL)."""
    if field is None or field.takes_images:
        return None
    if role == field.role == "prompt":
        return raw  # Even where it is too long: whoever wrote it shortens it, with the sentence beside it.
    same = next((option.key for option in field.options if option.key.lower() == raw.lower()), raw)
    try:
        value = parse_value(field, same)
    except InvalidValue:
        return None
    return None if value is None or field.name in find_errors(spec, {field.name: value}) else value


def _calls_of(data: Data, previous: Spec | None) -> int:
    """Return the number of images asked for, whether it was a parameter or the number of calls."""
    count = previous.with_role("count") if previous else None
    raw = data.get(CALLS) or (data.get(PREFIX + count.name) if count else None)
    return int(raw) if isinstance(raw, str) and re.fullmatch("[0-9]{1,3}", raw) else 1
