"""What admins say about a model's fields, on top of what Studio says of it: read, checked, and kept with the model.

It is written down as JSON: `{"name": …, "fields": {field: {"title": …, "help": …, "is_hidden": …, "fixed": …}}}`, and
only what is said otherwise. `preset` is what the form begins with.
"""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace

from studio.catalog.plain import object_of
from studio.catalog.spec import FieldOverlay, Overlay
from studio.kit.wire import JsonObject, JsonValue

SAID = (
    *("title", "help", "role", "is_advanced", "minimum", "maximum", "min_length", "max_length", "max_items"),
    *("is_hidden", "fixed", "preset"),
)


def revised(overlay: Overlay, said: Mapping[str, JsonValue]) -> Overlay:
    """Return an overlay with what admins say on top of it."""
    fields = dict(overlay.fields)
    for name, about in object_of(said.get("fields")).items():
        fields[name] = _revised_field(fields.get(name, FieldOverlay()), object_of(about))
    return replace(overlay, fields=fields)


def _revised_field(field: FieldOverlay, about: JsonObject) -> FieldOverlay:
    known = {each.name for each in fields_of(FieldOverlay)} & set(SAID)
    said = {name: value for name, value in about.items() if name in known}
    if "is_hidden" in said and not said["is_hidden"]:
        said |= {"fixed": None}
    is_pinned = bool(said.get("is_hidden")) and said.get("fixed") is not None
    return replace(field, **said, is_pinned=is_pinned)  # type: ignore[arg-type]  # the names are those of FieldOverlay
