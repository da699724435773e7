"""The entries of the model picker: a model, or a pair of twins, with what it can do."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.catalog.models import ImageModel
from studio.catalog.ordering import in_picker_order
from studio.catalog.queries import learn_specs, offered, spec_of
from studio.catalog.spec import Field, Spec
from studio.projects.models import Project

_LARGE_EDGE, _LARGE_PIXELS = 3840, 3840 * 2160


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that not every model can: an icon with its word; `words` are what one may search for it."""

    key: str
    label: str
    icon: str
    words: str = ""


REFERENCES = Ability("references", "References", "image-plus", "edit restyle blend image to image")
MASK = Ability("mask", "Edit area", "brush", "mask inpaint")
LARGE = Ability("large", "4K", "scaling", "large resolution uhd")
SEVERAL = Ability("several", "Several images", "layers", "many batch")
ABILITIES = (REFERENCES, MASK, LARGE, SEVERAL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A model as the picker shows it. `most_references` None: it takes any number, or none if it takes none."""

    model: ImageModel
    twin: ImageModel | None
    abilities: frozenset[Ability]
    most_references: int | None = None
    most_images: int = 1

    @property
    def group(self) -> str:
        return self.model.group

    @property
    def models(self) -> list[ImageModel]:
        return [self.model, *([self.twin] if self.twin else [])]

    @property
    def ability(self) -> str:
        """What it does with a prompt, in words."""
        if REFERENCES not in self.abilities:
            return "generate"
        field = None if self.twin else spec_of(self.model).with_role("references")
        return "edit" if field and field.required else "generate and edit"

    @property
    def words(self) -> str:
        """All that one may search for, in lower case."""
        model = self.model
        named = [model.name, model.slug, model.vendor, model.provider.name, model.description, self.ability]
        able = [word for each in self.abilities for word in (each.label, each.words)]
        return " ".join([*named, *sorted(able)]).lower()

    def can(self) -> list[Ability | None]:
        """Its abilities in the order of all, None for one that it lacks."""
        return [each if each in self.abilities else None for each in ABILITIES]


def entries_offered(project: Project | None = None) -> list[Entry]:
    """Return the entries that can be chosen in a project, or in any, in order. Two queries, however many there are."""
    models = list(offered(project).defer("schema__input_schema", "schema__example"))
    learn_specs(models)
    ids = {model.pk for model in models}
    twins = {model.twin_of_id: model for model in models if model.twin_of_id in ids}
    shown = in_picker_order(model for model in models if model.twin_of_id not in ids)
    return [entry_of(model, twins.get(model.pk)) for model in shown]


def entry_of(model: ImageModel, twin: ImageModel | None) -> Entry:
    """Return the entry of a model and its editing twin."""
    specs = [spec_of(model), *([spec_of(twin)] if twin else [])]
    references = next((field for spec in specs if (field := spec.with_role("references"))), None)
    counts = [_most_images(spec) for spec in specs]
    found = {
        REFERENCES: references is not None,
        MASK: any(spec.with_role("mask") for spec in specs),
        LARGE: any(_is_large(field) for spec in specs for field in spec.shown),
        SEVERAL: max(counts) > 1,
    }
    return Entry(
        model,
        twin,
        frozenset(ability for ability, has in found.items() if has),
        references.most_images if references else None,
        max(counts),
    )


def _most_images(spec: Spec) -> int:
    count = spec.with_role("count")
    return max(spec.max_calls, int((count.maximum if count else 1) or 1))


def _is_large(field: Field) -> bool:
    """Whether the field lets one ask for about four thousand pixels."""
    if rule := field.size_rule:
        return rule.max_edge >= _LARGE_EDGE and rule.max_pixels >= _LARGE_PIXELS
    if field.role not in ("resolution", "size"):
        return False
    return any(_edge(key) >= _LARGE_EDGE for key in _keys(field))


def _keys(field: Field) -> Iterable[str]:
    return (option.key for each in (field, *field.variants) for option in each.options)


def _edge(key: str) -> int:
    """Read the longest edge in pixels that an option names: 4K, 4096, 3840x2160."""
    text = key.upper()
    if text.endswith("K") and text[:-1].isdigit():
        return int(text[:-1]) * 960
    return max((int(part) for part in text.replace("*", "X").split("X") if part.isdigit()), default=0)
