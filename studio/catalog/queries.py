"""Which models there are, and what an input for one of them means."""

import json
import re
from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from studio.catalog.models import ImageModel, ModelSchema
from studio.catalog.overlays import overlay_for
from studio.catalog.pace import read_pace
from studio.catalog.revising import revised
from studio.catalog.schema import normalise
from studio.catalog.spec import Field, Overlay, Role, Spec, key_of
from studio.catalog.values import enumerate_words, find_option, shorten
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject, JsonValue
from studio.projects.models import Project

_DESCRIBED_LENGTH = 500
_NAMED_MODELS = 20
_TWINS = ("twin_of__provider", "twin_of__schema", "edit_twin__provider", "edit_twin__schema")
# Providers round to their pixels: 1024 × 1365 is 3:4, too.
_SAME_RATIO = 0.02
_NAMED_RATIOS = {
    "square": 1.0,
    "square_hd": 1.0,
    "portrait_4_3": 3 / 4,
    "portrait_16_9": 9 / 16,
    "landscape_4_3": 4 / 3,
    "landscape_16_9": 16 / 9,
}
# Asked for every studio page: built from a queryset it took longer than it takes to ask.
_IS_LISTED = f"""EXISTS (
    SELECT 1 FROM {ImageModel.projects.through._meta.db_table} listed
    WHERE (listed.imagemodel_id, listed.project_id) = (%(expressions)s)
)"""  # noqa: S608  the name of our own table
_specs: dict[tuple[str, ...], Spec] = {}


class UnknownModel(Invalid):
    """No offered model is called so."""


class AmbiguousModel(Invalid):
    """Several providers offer a model of this name."""


# The admins' order first, then the alphabet.
PLACE = F("position").asc(nulls_last=True)
BY_NAME = ("name", "provider__slug", "slug")


def offered(project: Project | None = None) -> QuerySet[ImageModel]:
    """Return the models that can be called in a project, or in any, with their provider and schema."""
    usable = ImageModel.objects.filter(
        is_enabled=True, disabled_reason="", gone_at__isnull=True, schema__isnull=False
    )
    if project is not None:
        is_listed = Func(F("pk"), Value(project.pk), template=_IS_LISTED, output_field=BooleanField())
        usable = usable.filter(Q(is_for_everyone=True) | is_listed)
    return usable.select_related("provider", "schema").order_by(PLACE, *BY_NAME)


def offered_with_twins(project: Project | None = None) -> QuerySet[ImageModel]:
    """Return the models that can be called, each with the other of its pair."""
    return offered(project).select_related(*_TWINS)


def models_offered(project: Project | None = None) -> list[ImageModel]:
    """Return all models that can be called; of a pair of twins both."""
    return list(offered(project))


def model_with_id(model_id: int, project: Project | None = None) -> ImageModel | None:
    """Return the offered model of this row, with its twins."""
    return offered_with_twins(project).filter(pk=model_id).first()


def find_model(slug: str, provider_slug: str | None = None, *, project: Project | None = None) -> ImageModel:
    """Return the offered model with this slug, and its twins with it.

    Raises UnknownModel, or AmbiguousModel where several providers have it and none is named.
    """
    named = offered(project).filter(provider__slug=provider_slug) if provider_slug else offered(project)
    alike = list(named.select_related(*_TWINS).filter(slug__iexact=slug))
    found = [model for model in alike if model.slug == slug] or alike
    if len(found) == 1:
        return found[0]
    if found:
        providers = enumerate_words([model.provider.slug for model in found])
        raise AmbiguousModel(f"Several providers have the model {slug}. Say which one: {providers}.")
    at = f" at {shorten(provider_slug)}" if provider_slug else ""
    raise UnknownModel(
        f"There is no model “{shorten(slug)}”{at}. {_offer(list(named) or models_offered(project))}"
    )


def _offer(models: list[ImageModel]) -> str:
    """Say which models there are, as far as that is a help."""
    if not models:
        return "No models are installed yet."
    names = [f"{model.slug} ({model.provider.slug})" for model in models]
    if len(names) > _NAMED_MODELS:
        names = [*names[:_NAMED_MODELS], f"{len(names) - _NAMED_MODELS} more"]
    return f"There are {enumerate_words(names, last='and')}."


def edit_twin_of(model: ImageModel, project: Project | None = None) -> ImageModel | None:
    """Return the offered model that edits where this one makes, None if there is none."""
    return offered(project).filter(twin_of=model.pk).first()


def overlay_of(model: ImageModel) -> Overlay:
    """Return what the model's schema can't say: Studio's words, with the admins' on top."""
    shipped = overlay_for(model.provider.slug, model.slug)
    return revised(shipped, model.overlay) if model.overlay else shipped


def spec_of(model: ImageModel) -> Spec:
    """Return what the model asks for, by its newest schema."""
    if model.schema is None:
        raise UnknownModel(f"{model.name} has no schema yet.")
    key = _spec_key(model, model.schema)
    if key not in _specs:
        _specs[key] = normalise(model.schema.input_schema, overlay=overlay_of(model))
    return _specs[key]


def learn_specs(models: Iterable[ImageModel]) -> None:
    """Read the schemas of which the models have no text with them, all at once; each is read once per process."""
    new = [model for model in models if model.schema and _spec_key(model, model.schema) not in _specs]
    texts = dict(
        ModelSchema.objects.filter(pk__in=[model.schema_id for model in new])
        .order_by("id")
        .values_list("id", "input_schema")
    )
    for model in new:
        if model.schema:
            schema = texts[model.schema.pk]
            _specs[_spec_key(model, model.schema)] = normalise(schema, overlay=overlay_of(model))


def _spec_key(model: ImageModel, schema: ModelSchema) -> tuple[str, ...]:
    # By what the schema says, not by its row, whose id may be used again; the program's own overlay goes by name.
    said = json.dumps(model.overlay, sort_keys=True) if model.overlay else ""
    return schema.digest, model.provider.slug, model.slug, said


def roles_of(model: ImageModel) -> dict[Role, Field]:
    """Return the model's fields by role."""
    return {field.role: field for field in spec_of(model).shown if field.role}


def ability_of(model: ImageModel) -> str:
    """Return what the model does with a prompt: generate, edit (it needs a reference), or both."""
    references = spec_of(model).with_role("references")
    if references is None:
        return "generate"
    return "edit" if references.required else "generate and edit"


def example_of(model: ImageModel) -> JsonObject:
    """Return the provider's documented example input."""
    return dict(model.schema.example) if model.schema else {}


def prompt_of(model: ImageModel, given: JsonObject) -> str:
    """Return the prompt of an input."""
    prompt = _value(model, given, "prompt")
    return prompt if isinstance(prompt, str) else ""


def images_asked(model: ImageModel, given: JsonObject) -> int:
    """Return how many images one call with this input asks for."""
    count = _value(model, given, "count")
    return count if isinstance(count, int) and count > 0 else 1


def references_in(model: ImageModel, given: JsonObject) -> int:
    """Return how many reference images an input brings."""
    references = _value(model, given, "references")
    return len(references) if isinstance(references, list) else int(bool(references))


def in_full(model: ImageModel, given: JsonObject) -> JsonObject:
    """Return an input with the defaults of what it leaves out: what the provider takes it for."""
    defaults = {each.name: each.default for each in spec_of(model).fields if each.default is not None}
    return defaults | given


def pace_of(model: ImageModel, given: JsonObject) -> str:
    """Return what in an input decides how long the model takes, such as "2K" or "high 4MP ×2"; often nothing."""
    return read_pace(spec_of(model), given)


def ratio_of(model: ImageModel, given: JsonObject) -> float:
    """Return width / height of the images that the input asks for, 1.0 where the model chooses."""
    for role in ("aspect_ratio", "size"):
        if ratio := _ratio(_value(model, given, role)):
            return ratio
    return 1.0


def ratio_like(spec: Spec, width: int, height: int) -> JsonObject:
    """Return the aspect ratio with which a model keeps to the shape of a picture; empty where it has none like it."""
    field = spec.with_role("aspect_ratio")
    if field is None:
        return {}
    values = {option.key: option.value for option in field.options} or {key: key for key in field.examples}
    if "auto" in values:
        return {field.name: values["auto"]}
    near = [key for key in values if abs(_ratio(key) / (width / height) - 1) < _SAME_RATIO]
    return {field.name: values[near[0]]} if near else {}


def describe(model: ImageModel, given: JsonObject) -> list[tuple[str, str]]:
    """Return (label, value) of each parameter of an input but the prompt, in words, for the image page."""
    described = []
    for name, value in given.items():
        field = spec_of(model).find(name) or Field(name=name, kind="json", title=name)
        if field.role != "prompt":
            described.append((field.title, _in_words(field, value)))
    return described


def short_facts(model: ImageModel, given: JsonObject) -> list[str]:
    """Return the few facts that stand beside a prompt, such as 4:5, 2K, 2 references."""
    facts = []
    for role in ("aspect_ratio", "size", "resolution"):
        field = spec_of(model).with_role(role)
        if field and (value := _value(model, given, role)) not in (None, "auto"):
            facts.append(_in_words(field, value))
    if count := references_in(model, given):
        facts.append(f"{count} reference" + "s" * (count > 1))
    return facts


def _value(model: ImageModel, given: JsonObject, role: Role) -> JsonValue:
    """Return the value of the field with this role; the default where the input doesn't give it."""
    field = spec_of(model).with_role(role)
    return given.get(field.name, field.default) if field else None


def _ratio(value: JsonValue) -> float:
    width: JsonValue = None
    height: JsonValue = None
    if isinstance(value, dict):
        width, height = value.get("width"), value.get("height")
    elif isinstance(value, str):
        if found := re.fullmatch(r"(\d+)\s*[:x*×/]\s*(\d+)", value):
            width, height = int(found[1]), int(found[2])
        return _NAMED_RATIOS.get(value, 0.0) if not found else _divide(width, height)
    return _divide(width, height)


def _divide(width: JsonValue, height: JsonValue) -> float:
    if isinstance(width, int | float) and isinstance(height, int | float) and width > 0 and height > 0:
        return width / height
    return 0.0


def _in_words(field: Field, value: JsonValue) -> str:
    if field.role in ("references", "mask"):
        count = len(value) if isinstance(value, list) else 1
        return f"{count} image" + "s" * (count != 1)
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, dict):
        if size := {"width", "height"} <= value.keys() and f"{value['width']} × {value['height']}":
            return size
        return ", ".join(f"{name} {_in_words(field, part)}" for name, part in value.items())[
            :_DESCRIBED_LENGTH
        ]
    if isinstance(value, list):
        return ", ".join(_in_words(field, part) for part in value)[:_DESCRIBED_LENGTH]
    # The options of a field that takes one of several forms stand in these forms.
    places = (field, *field.variants)
    option = next((found for place in places if (found := find_option(place, key_of(value)))), None)
    return option.label if option else key_of(value)[:_DESCRIBED_LENGTH]
