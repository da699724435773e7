"""A model that makes and its twin that edits: one entry of the picker, of which one or the other is called.

The form of the first also takes references. As soon as there is one, the second is meant.
"""

from dataclasses import dataclass, replace

from studio.catalog.models import ImageModel
from studio.catalog.plain import object_of
from studio.catalog.queries import spec_of
from studio.catalog.spec import Spec
from studio.kit.wire import JsonObject

_joined: dict[tuple[int, int], tuple[Spec, Spec, Spec]] = {}


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry of the picker; most have no twin."""

    entry: ImageModel
    twin: ImageModel | None = None

    def model_for(self, *, has_references: bool) -> ImageModel:
        """Return which of the two is called."""
        return self.twin if self.twin and has_references else self.entry

    def form_spec(self, model: ImageModel) -> Spec:
        """Return what the form of one of the two asks for: that of the entry also for its twin's references."""
        spec = spec_of(model)
        return spec if self.twin is None or model.pk == self.twin.pk else _join(spec, spec_of(self.twin))


def pair_of(model: ImageModel) -> Pair:
    """Return the entry under which the picker shows a model; a twin that isn't offered counts for nothing."""
    if model.twin_of and model.twin_of.is_offered:
        return Pair(model.twin_of, model)
    twin = getattr(model, "edit_twin", None)
    return Pair(model, twin if twin and twin.is_offered else None)


def _join(maker: Spec, editor: Spec) -> Spec:
    """Return the maker's spec with the editor's references.

    The same specs always give the same one, since validators are kept by it.
    """
    key = (id(maker), id(editor))
    if key not in _joined:
        # With the specs that the ids are of, so that these stay theirs.
        _joined[key] = (maker, editor, _with_references(maker, editor))
    return _joined[key][2]


def _with_references(maker: Spec, editor: Spec) -> Spec:
    references = editor.with_role("references")
    if references is None:
        return maker
    name = references.name
    properties = {**_properties(maker), name: _properties(editor)[name]}
    fields = (*maker.fields, replace(references, required=False))
    return replace(maker, fields=fields, schema={**maker.schema, "properties": properties})


def _properties(spec: Spec) -> JsonObject:
    return object_of(spec.schema["properties"])
