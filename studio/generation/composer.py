"""The composer: a model's form, filled from what a person typed, wants to use again, or wants to try."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.http import QueryDict
from django.urls import reverse

from studio.catalog.drawing import Drawn, Places, Preview
from studio.catalog.forms import InputForm, build_form, initial_from_input, refit_form
from studio.catalog.models import ImageModel
from studio.catalog.queries import (
    UnknownModel,
    example_of,
    find_model,
    models_offered,
    prompt_of,
    short_facts,
    spec_of,
)
from studio.catalog.spec import Spec
from studio.generation.models import Generation, Upload
from studio.generation.reusing import form_with_prompt, form_with_settings, has_images, settings_in
from studio.generation.usual import Usual, usual_time
from studio.keys.queries import is_sandbox
from studio.kit.errors import Invalid
from studio.kit.parameters import read_id
from studio.kit.wire import JsonObject
from studio.projects.models import Project

_PICTURES = {
    "mountsea:nano-banana-2": "img/examples/mountsea-nano-banana-2.webp",
    "modelstream:NB2": "img/examples/modelstream-nb2.webp",
}


@dataclass(slots=True)
class Composer:
    """The form of one model as the page shows it. `press` names the next press of its button."""

    project: Project
    model: ImageModel
    models: list[ImageModel]
    form: InputForm
    press: UUID = field(default_factory=uuid4)
    sentence: str = ""
    """What is wrong or was left out, apart from the fields."""

    def __post_init__(self) -> None:
        self.form.places = Places()
        if ids := self.form.upload_ids:
            uploads = Upload.objects.filter(project=self.project, id__in=ids).order_by("id")
            self.form.previews = {upload.pk: preview_of(upload, self.project) for upload in uploads}

    def add_errors(self, errors: Mapping[str, str]) -> None:
        """Put sentences beside their fields, or on top where the form has no such field."""
        for name, sentence in errors.items():
            self.form.add_error(name if name in self.form.fields else None, sentence)

    @property
    def is_marked(self) -> bool:
        """Whether the form carries errors or words that a press should wipe away."""
        return bool(self.sentence or self.form.errors or self.form.dropped)

    @property
    def model_name(self) -> str:
        return name_of(self.model)

    @property
    def counts(self) -> list[str]:
        """The names of the controls whose product is the number of images."""
        return [drawn.name for drawn in self._drawn_counts]

    @property
    def images(self) -> int:
        """How many images the form asks for as it stands."""
        product = 1
        for drawn in self._drawn_counts:
            product *= int(drawn.value) if re.fullmatch("[0-9]{1,3}", drawn.value) else 1
        return product

    @property
    def prompt(self) -> str:
        drawn = next((each for each in self._drawn if each.field.role == "prompt"), None)
        return drawn.value if drawn else ""

    @property
    def is_sandbox(self) -> bool:
        return is_sandbox(self.model.provider)

    @property
    def usual(self) -> Usual | None:
        """How long the model usually takes with what the form says now."""
        return usual_time(self.model.pk, self.form.pace)

    @property
    def _drawn(self) -> list[Drawn]:
        return [drawn for row in self.form.rows for drawn in row] + self.form.advanced

    @property
    def _drawn_counts(self) -> list[Drawn]:
        return [drawn for drawn in self._drawn if drawn.field.role == "count"]


@dataclass(frozen=True, slots=True)
class Example:
    """A model's documented example, ready to try."""

    model: ImageModel
    prompt: str
    facts: list[str]

    @property
    def model_name(self) -> str:
        return name_of(self.model)

    @property
    def picture(self) -> str:
        """What the sandbox makes of it, as a static file; empty where there is none."""
        return _PICTURES.get(self.model_name, "")


def name_of(model: ImageModel) -> str:
    """Return how addresses and forms call a model: provider:slug."""
    return f"{model.provider.slug}:{model.slug}"


def named_model(name: str) -> ImageModel:
    """Return the offered model: "provider:slug" as in addresses, or its row's id as in the picker.

    Raises Invalid with a sentence.
    """
    if row := read_id(name):
        found = next((model for model in models_offered() if model.pk == row), None)
        if found is None:
            raise UnknownModel("This model is no longer offered. Choose another one.")
        return found
    provider, _, slug = name.partition(":")
    return find_model(slug, provider) if slug else find_model(provider)


def examples() -> list[Example]:
    """Return the documented examples that have a picture: few enough to choose from at first sight."""
    pictured = [model for model in models_offered() if name_of(model) in _PICTURES]
    found = [(model, example_of(model)) for model in pictured]
    return [
        Example(model, prompt_of(model, example), short_facts(model, example))
        for model, example in found
        if example
    ]


def asked_composer(
    project: Project, asked: QueryDict, source: Generation | None, typed: QueryDict | None = None
) -> Composer | None:
    """Return the composer that an address asks for: `source`'s input, an example, a model, or the first one.

    `part` of the address takes the prompt or the settings of `source` alone; the rest stays as it was `typed`.
    None while no model is offered.
    """
    models = models_offered()
    if source is not None:
        return _reused(
            project, models, source, asked.get("part", ""), QueryDict() if typed is None else typed
        )
    if example := asked.get("example"):
        model = named_model(example)
        return _filled(project, models, model, example_of(model))
    if not models:
        return None
    model = named_model(name) if (name := asked.get("model")) else _usual(models)
    return Composer(project, model, models, build_form(spec_of(model)))


def refitted_composer(project: Project, posted: QueryDict) -> Composer:
    """Return the form of a newly chosen model, with the typed values that fit it too."""
    model = named_model(posted.get("model", ""))
    previous = named_model(name) if (name := posted.get("was")) else model
    form = refit_form(spec_of(model), posted, previous=spec_of(previous))
    return Composer(project, model, models_offered(), form, press_of(posted))


def fallback_composer(project: Project, posted: QueryDict, sentence: str) -> Composer | None:
    """Return the first offered model's form with what fits of what was typed, and a sentence about the rest."""
    models = models_offered()
    if not models:
        return None
    model = _usual(models)
    form = refit_form(spec_of(model), posted)
    return Composer(project, model, models, form, press_of(posted), sentence)


def usual_of(asked: QueryDict) -> Usual | None:
    """Return how long the asked-for model usually takes with the asked-for settings; None while nobody knows."""
    try:
        model = named_model(asked.get("model", ""))
    except Invalid:
        return None
    return usual_time(model.pk, build_form(spec_of(model), asked).pace)


def posted_composer(project: Project, posted: QueryDict) -> Composer:
    """Return the form as it was sent. Raises Invalid when its model isn't offered (any more)."""
    model = named_model(posted.get("model", ""))
    form = build_form(spec_of(model), posted)
    return Composer(project, model, models_offered(), form, press_of(posted))


def composer_after(composer: Composer, given: JsonObject) -> Composer:
    """Return the composer after its press: the same settings, the files as uploads, ready for the next press."""
    calls = composer.form.calls
    return _filled(composer.project, composer.models, composer.model, given, calls=calls)


def _usual(models: list[ImageModel]) -> ImageModel:
    """Return the model that is there when nobody has chosen one: the first with an example to look at."""
    return next((model for model in models if name_of(model) in _PICTURES), models[0])


def press_of(posted: QueryDict) -> UUID:
    """Return the token of the form that was sent; a new one where it is missing or broken."""
    try:
        return UUID(posted.get("press", ""))
    except ValueError:
        return uuid4()


def with_uploads(posted: QueryDict, uploads: Mapping[str, Sequence[Upload]]) -> QueryDict:
    """Return what was posted with these uploads, by their controls, after the images that are there."""
    filled = posted.copy()
    for control, stored in uploads.items():
        filled.setlist(control, [*posted.getlist(control), *(f"upload:{upload.pk}" for upload in stored)])
    return filled


def preview_of(upload: Upload, project: Project) -> Preview:
    """Return how an upload is shown in the form."""
    address = reverse("gallery:upload_file", args=(project.slug, upload.pk))
    return Preview(address, address, upload.name, upload.width, upload.height)


def _reused(
    project: Project, models: list[ImageModel], source: Generation, part: str, typed: QueryDict
) -> Composer:
    batch = source.batch
    calls = batch.generations.count()
    if part == "prompt":
        model = named_model(name) if (name := typed.get("model")) else _usual(models or [batch.model])
        form = form_with_prompt(spec_of(model), prompt_of(batch.model, batch.input), typed, _typed_for(typed))
    elif part == "settings":
        model = _twin_for(batch.model, models, has_images=has_images(typed, _typed_for(typed)))
        settings = settings_in(spec_of(batch.model), batch.input)
        form = form_with_settings(spec_of(model), settings, typed, _typed_for(typed), calls=calls)
    else:
        return _filled(project, models, batch.model, batch.input, calls=calls)
    return Composer(project, model, models, form, press_of(typed))


def _twin_for(model: ImageModel, models: list[ImageModel], *, has_images: bool) -> ImageModel:
    """Return the one of two twins that makes images out of nothing, or the one that edits those that there are."""
    twins = [each for each in models if each.entry_id == model.entry_id]
    return next((each for each in twins if (each.twin_of_id is not None) == has_images), model)


def _typed_for(typed: QueryDict) -> Spec | None:
    """Return the spec of the model whose fields were typed into; None where nothing was."""
    name = typed.get("was") or typed.get("model")
    return spec_of(named_model(name)) if name else None


def _filled(
    project: Project, models: list[ImageModel], model: ImageModel, given: JsonObject, calls: int = 1
) -> Composer:
    spec = spec_of(model)
    form = build_form(spec, initial=initial_from_input(spec, given), calls=calls)
    return Composer(project, model, models, form)
