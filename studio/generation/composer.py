"""The composer: a model's form, filled from what a person typed, wants to use again, or wants to try."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from uuid import UUID, uuid4

from django.db.models import F, Func, IntegerField, Q
from django.http import QueryDict
from django.urls import reverse

from studio.catalog.composites import text_of
from studio.catalog.drawing import Drawn, Places, Preview
from studio.catalog.entries import ABILITIES, Ability
from studio.catalog.forms import (
    PREFIX,
    WAITING,
    Data,
    InputForm,
    build_form,
    image_controls,
    images_in,
    initial_from_input,
)
from studio.catalog.models import ImageModel
from studio.catalog.pairs import Pair, pair_of
from studio.catalog.queries import (
    BY_NAME,
    PLACE,
    UnknownModel,
    example_of,
    find_model,
    model_with_id,
    offered_with_twins,
    prompt_of,
    short_facts,
    spec_of,
)
from studio.catalog.refitting import refit_form
from studio.catalog.spec import Spec
from studio.generation.editing import GONE, input_with, pair_to_edit, references_named
from studio.generation.models import Generation, LimitRequest, Upload
from studio.generation.pricing import price_of_form, pricing_controls, rates_lately
from studio.generation.reusing import form_with_prompt, form_with_settings, settings_in
from studio.generation.stops import Stop
from studio.generation.uploads import LARGEST_MB
from studio.generation.usual import Usual, usual_time_lately
from studio.keys.queries import is_sandbox
from studio.kit.errors import Invalid
from studio.kit.parameters import read_id
from studio.kit.wire import JsonObject
from studio.projects.models import Project
from studio.spending.prices import Estimate, Rate

_PICTURES = {
    "mountsea:nano-banana-2": "img/examples/mountsea-nano-banana-2.webp",
    "modelstream:NB2": "img/examples/modelstream-nb2.webp",
}
_PICTURED = ", ".join(f"'{name}'" for name in _PICTURES)
_PICTURED_FIRST = Func(
    F("provider__slug"),
    F("slug"),
    template=f"CASE WHEN %(expressions)s IN ({_PICTURED}) THEN 0 ELSE 1 END",
    arg_joiner=" || ':' || ",
    output_field=IntegerField(),
)


@dataclass
class Composer:
    """The form of one model as the page shows it: `model` is called, `pair` is its entry in the picker.

    `press` names the next press of its button.
    """

    project: Project
    pair: Pair
    model: ImageModel
    form: InputForm
    press: UUID = field(default_factory=uuid4)
    sentence: str = ""
    """What is wrong or was left out, apart from the fields."""
    stop: Stop | None = None
    """The limit that stopped its press."""
    is_rehearsal: bool = False
    """Whether it is known that the sandbox answers for everything."""

    def __post_init__(self) -> None:
        self.form.places = places_in(self.project)
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
        return bool(self.sentence or self.stop or self.form.errors or self.form.has_news)

    @property
    def entry(self) -> ImageModel:
        """The model that the picker names."""
        return self.pair.entry

    @property
    def abilities(self) -> tuple[Ability, ...]:
        """What one may ask of a model in the picker."""
        return ABILITIES

    @property
    def references_control(self) -> str:
        """The name of the control whose images decide which twin is called; empty where there is only one model."""
        references = self.form.spec.with_role("references") if self.pair.twin else None
        return self.form.add_prefix(references.name) if references else ""

    @property
    def has_references(self) -> bool:
        return self.pair.twin is not None and self.model.pk == self.pair.twin.pk

    @cached_property
    def counts(self) -> list[str]:
        """The names of the controls whose product is the number of images."""
        return [drawn.name for drawn in self._drawn_counts]

    @cached_property
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
        return self.is_rehearsal or is_sandbox(self.model.provider)

    @property
    def usual(self) -> Usual | None:
        """How long the model usually takes with what the form says now."""
        return usual_time_lately(self.model.pk, self.form.pace)

    @cached_property
    def estimate(self) -> Estimate:
        """What the next press would cost as the form stands."""
        return price_of_form(self.form, self.model, self._rates, images=self.images)

    @cached_property
    def _rates(self) -> tuple[Rate, ...]:
        return rates_lately(self.model)

    @property
    def deciding_controls(self) -> list[str]:
        """The names of the controls on which time or price depend."""
        controls = [*self.form.deciding_controls, *self.counts, *pricing_controls(self.form, self._rates)]
        return list(dict.fromkeys(controls))

    @cached_property
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


def named_model(name: str, project: Project) -> ImageModel:
    """Return the model offered in a project: "provider:slug" as in addresses, or its row's id as in the picker.

    Raises Invalid with a sentence.
    """
    if row := read_id(name):
        found = model_with_id(row, project)
        if found is None:
            raise UnknownModel("This model is no longer offered here. Choose another one.")
        return found
    provider, _, slug = name.partition(":")
    return find_model(slug or provider, provider if slug else None, project=project)


def examples(project: Project) -> list[Example]:
    """Return the documented examples that have a picture: few enough to choose from at first sight."""
    found = [(model, example_of(model)) for model in offered_with_twins(project).filter(_pictured())]
    return [
        Example(model, prompt_of(model, example), short_facts(model, example))
        for model, example in found
        if example
    ]


def asked_composer(
    project: Project, asked: QueryDict, source: Generation | None, typed: QueryDict | None = None
) -> Composer | None:
    """Return the composer that an address asks for: `source`'s input, an example, a model, or the usual one.

    `part` of the address takes the prompt or the settings of `source` alone; the rest stays as it was `typed`.
    None while no model is offered.
    """
    if source is not None:
        return _reused(project, source, asked.get("part", ""), QueryDict() if typed is None else typed)
    if example := asked.get("example"):
        model = named_model(example, project)
        return _filled(project, pair_of(model), example_of(model))
    pair = pair_of(named_model(name, project)) if (name := asked.get("model")) else _usual_pair(project)
    if pair and asked.get("references"):
        return _referring(project, pair, asked.getlist("references"))
    return _filled(project, pair, {}) if pair else None


def editing_composer(project: Project, upload: Upload, pair: Pair, typed: QueryDict) -> Composer:
    """Return the composer that edits a picture; the prompt stays as it was typed. Raises Invalid."""
    composer = _referring(project, pair, [str(upload.pk)])
    shown = _shown_spec(project, typed, pair)
    before, after = shown.with_role("prompt"), composer.form.spec.with_role("prompt")
    if before and after:
        composer.form.initial[after.name] = text_of(before, PREFIX + before.name, typed) or ""
    return composer


def _referring(project: Project, pair: Pair, named: list[str]) -> Composer:
    """Return a form that holds these uploads as references; what is no longer there is said."""
    pair = pair_to_edit(project, pair)
    ids = [number for name in named if (number := read_id(name))]
    references = references_named(project, ids)
    given, left_out = input_with(pair.model_for(has_references=True), references)
    composer = _filled(project, pair, given)
    composer.sentence = GONE if len(references) < len(named) else left_out
    return composer


def refitted_composer(project: Project, posted: QueryDict) -> Composer:
    """Return the form of the model that is meant now, with the typed values that fit it too."""
    pair = pair_of(named_model(posted.get("model", ""), project))
    shown = _shown_spec(project, posted, pair)
    has_references = _has_references(shown, posted) or bool(images_in(posted, WAITING))
    model = pair.model_for(has_references=has_references)
    form = refit_form(pair.form_spec(model), posted, previous=shown)
    if posted.get("was") in [str(each.pk) for each in (pair.entry, pair.twin) if each]:
        is_edit = model.pk != pair.entry.pk
        form.taker = f"{'With' if is_edit else 'Without'} references, this model"
        form.returns = "when the references are removed" if is_edit else "with the next reference"
    return Composer(project, pair, model, form, press_of(posted))


def fallback_composer(project: Project, posted: QueryDict, sentence: str) -> Composer | None:
    """Return the usual model's form with what fits of what was typed, and a sentence about the rest."""
    pair = _usual_pair(project)
    if pair is None:
        return None
    form = refit_form(pair.form_spec(pair.entry), posted)
    return Composer(project, pair, pair.entry, form, press_of(posted), sentence)


def composer_so_far(project: Project, asked: QueryDict) -> Composer | None:
    """Return the form as far as it was filled, to tell what it would take; None where its model is unknown."""
    try:
        model = named_model(asked.get("was") or asked.get("model", ""), project)
    except Invalid:
        return None
    return Composer(project, pair_of(model), model, build_form(spec_of(model), asked))


def is_other_form(project: Project, posted: QueryDict) -> bool:
    """Tell whether the fields that were sent aren't those of the model that is meant.

    Another entry was chosen, or the first reference was added or the last one taken away. Raises Invalid when
    the model isn't offered (any more).
    """
    if not (was := posted.get("was")):
        return False
    model = meant_model(project, posted)[1]
    return was not in (str(model.pk), name_of(model))


def meant_model(project: Project, posted: QueryDict) -> tuple[Pair, ImageModel]:
    """Return the entry that was chosen, and which of its models is meant by what was sent with it."""
    pair = pair_of(named_model(posted.get("model", ""), project))
    has_references = _has_references(_shown_spec(project, posted, pair), posted)
    return pair, pair.model_for(has_references=has_references)


def posted_composer(project: Project, posted: QueryDict) -> Composer:
    """Return the form as it was sent. Raises Invalid when its model isn't offered (any more)."""
    pair, model = meant_model(project, posted)
    return Composer(project, pair, model, build_form(pair.form_spec(model), posted), press_of(posted))


def image_controls_of(project: Project, posted: QueryDict) -> dict[str, str]:
    """Return the fields that take images by control, of the form that was sent. Raises Invalid as `posted_composer`."""
    pair = pair_of(named_model(posted.get("model", ""), project))
    return image_controls(_shown_spec(project, posted, pair))


def waiting_composer(request: LimitRequest) -> Composer:
    """Return the form filled with a press that waits, or has waited."""
    pair = pair_of(model_with_id(request.model_id, request.project) or request.model)
    return _filled(request.project, pair, request.input, calls=request.calls)


def composer_after(composer: Composer, given: JsonObject) -> Composer:
    """Return the composer after its press: the same settings, the files as uploads, ready for the next press."""
    after = _filled(composer.project, composer.pair, given, calls=composer.form.calls)
    after.form.waiting, after.form.waiting_values = composer.form.waiting, composer.form.waiting_values
    return after


def _shown_spec(project: Project, posted: QueryDict, pair: Pair) -> Spec:
    """Return what the form that was sent asked for: that of the model that it names as its own, else the entry's."""
    name = posted.get("was") or posted.get("model", "")
    if name in ("", str(pair.entry.pk)):
        return pair.form_spec(pair.entry)
    shown = named_model(name, project)
    return pair_of(shown).form_spec(shown)


def _has_references(spec: Spec, data: Data) -> bool:
    references = spec.with_role("references")
    text = text_of(references, PREFIX + references.name, data) if references else None
    return bool(text and text.strip())


def _pictured() -> Q:
    """Return what holds of the models that have a picture of their example."""
    named = [name.split(":") for name in _PICTURES]
    return reduce(or_, [Q(provider__slug=provider, slug=slug) for provider, slug in named])


def _usual_pair(project: Project) -> Pair | None:
    """Return what is there when nobody has chosen a model: the admins' first, else the first with an example to see."""
    first = offered_with_twins(project).order_by(PLACE, _PICTURED_FIRST, *BY_NAME).first()
    return pair_of(first) if first else None


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
    small = reverse("gallery:upload_thumb", args=(project.slug, upload.pk))
    original = reverse("gallery:upload_file", args=(project.slug, upload.pk))
    page = reverse("gallery:image", args=(project.slug, upload.source_id)) if upload.source_id else ""
    return Preview(small, original, upload.name, upload.width, upload.height, page)


def places_in(project: Project) -> Places:
    """Return where the controls of images in this project's form send and find them."""
    given = (project.slug,)
    return Places(
        upload_url=reverse("generation:upload", args=given),
        pick_url=reverse("generation:pick", args=given),
        use_url=reverse("generation:use", args=given),
        gallery_url=reverse("gallery:project", args=given),
        largest_mb=LARGEST_MB,
    )


def _reused(project: Project, source: Generation, part: str, typed: QueryDict) -> Composer:
    """Return the form with an earlier input, or with its prompt or settings alone and the rest as it was typed."""
    batch = source.batch
    calls = batch.generations.count()
    # A model that isn't offered any more is shown all the same; the press says what is wrong.
    origin = pair_of(model_with_id(batch.model_id, project) or batch.model)
    if part == "prompt":
        name = typed.get("model")
        pair = pair_of(named_model(name, project)) if name else _usual_pair(project) or origin
    elif part == "settings":
        pair = origin
    else:
        return _filled(project, origin, batch.input, calls=calls)
    shown = _shown_spec(project, typed, pair)
    model = pair.model_for(has_references=_has_references(shown, typed))
    spec = pair.form_spec(model)
    if part == "prompt":
        form = form_with_prompt(spec, prompt_of(batch.model, batch.input), typed, shown)
    else:
        settings = settings_in(spec_of(batch.model), batch.input)
        form = form_with_settings(spec, settings, typed, shown, calls=calls)
    return Composer(project, pair, model, form, press_of(typed))


def _filled(project: Project, pair: Pair, given: JsonObject, calls: int = 1) -> Composer:
    """Return the form with an input in it; its references decide which twin is called."""
    references = spec_of(pair.twin).with_role("references") if pair.twin else None
    model = pair.model_for(has_references=bool(references and given.get(references.name)))
    spec = pair.form_spec(model)
    form = build_form(spec, initial=initial_from_input(spec, given), calls=calls)
    return Composer(project, pair, model, form)
