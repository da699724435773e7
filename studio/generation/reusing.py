"""Using a part of an earlier input again: its prompt, or its settings. The rest stays as somebody typed it."""

from django.http import QueryDict

from studio.catalog.forms import PREFIX, WAITING, InputForm, build_form, initial_from_input
from studio.catalog.refitting import refit_form
from studio.catalog.spec import Field, Spec
from studio.kit.wire import JsonObject


def settings_in(spec: Spec, given: JsonObject) -> JsonObject:
    """Return an input without what it is about: its prompt, reference images and mask."""
    return {name: value for name, value in given.items() if not _is_subject(spec.find(name))}


def form_with_prompt(spec: Spec, prompt: str, typed: QueryDict, previous: Spec | None) -> InputForm:
    """Return the form of a model as it was typed (into the fields of `previous`), but with this prompt."""
    form = refit_form(spec, typed, previous=previous)
    if field := spec.with_role("prompt"):
        form.initial[field.name] = prompt
    return form


def form_with_settings(
    spec: Spec, settings: JsonObject, typed: QueryDict, previous: Spec | None, *, calls: int
) -> InputForm:
    """Return the form of a model with these settings, but with the prompt and the images that were typed."""
    subject = [field.name for field in (previous or spec).shown if _is_subject(field)]
    kept = QueryDict(mutable=True)
    for control in (WAITING, *(PREFIX + name for name in subject)):
        kept.setlist(control, typed.getlist(control))
    carried = refit_form(spec, kept, previous=previous)
    initial = {**carried.initial, **initial_from_input(spec, settings)}
    form = build_form(spec, initial=initial, calls=calls)
    form.dropped, form.lost = carried.dropped, carried.lost
    form.waiting, form.waiting_values = carried.waiting, carried.waiting_values
    return form


def _is_subject(field: Field | None) -> bool:
    return field is not None and (field.role == "prompt" or field.takes_images)
