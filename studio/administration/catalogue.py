"""The catalogue's page: every model with its state, twins as one entry, in the order of the picker."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from studio.catalog.models import ImageModel, Proposal
from studio.catalog.ordering import in_picker_order
from studio.catalog.publishing import mark_of_scope
from studio.catalog.queries import learn_specs, spec_of
from studio.projects.models import Project


@dataclass(frozen=True, slots=True)
class State:
    """Whether a model is offered, as a word with its tone; `sentence` says why it isn't."""

    word: str
    tone: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the picker: a model, and the twin that edits."""

    model: ImageModel
    twin: ImageModel | None
    field_count: int
    is_first: bool
    is_last: bool
    news: str = ""
    """What its provider says otherwise, in a word; empty if nothing that is undecided."""

    @property
    def models(self) -> list[ImageModel]:
        return [self.model, *([self.twin] if self.twin else [])]

    @property
    def texts(self) -> tuple[str, ...]:
        """By what it is found."""
        names = (f"{model.name} {model.slug} {model.provider.name}" for model in self.models)
        return *names, self.state.word, self.news

    @property
    def state(self) -> State:
        return state_of(self.model)

    @property
    def states(self) -> list[tuple[ImageModel, State]]:
        return [(model, state_of(model)) for model in self.models]


def state_of(model: ImageModel) -> State:
    """Return whether a model is offered, and if not, why."""
    if model.gone_at is not None:
        return State("Gone", "bad", f"{model.provider.name} no longer lists it.")
    if model.disabled_reason or model.schema is None:
        return State("Disabled", "bad", model.disabled_reason or "It has no schema yet.")
    if not model.is_enabled:
        return State("Hidden")
    return State("Offered", "ok")


def list_rows() -> list[Row]:
    """Return all entries in the order of the picker. Three queries, however many there are."""
    entries = (
        ImageModel.objects.filter(twin_of__isnull=True)
        .select_related("provider", "schema", "edit_twin__provider", "edit_twin__schema")
        .defer(
            *(f"{path}schema__{text}" for path in ("", "edit_twin__") for text in ("input_schema", "example"))
        )
        .order_by("id")
    )
    ordered = in_picker_order(entries)
    learn_specs(ordered)
    last, news = len(ordered) - 1, _news()
    return [
        _row(model, news, is_first=place == 0, is_last=place == last) for place, model in enumerate(ordered)
    ]


def _news() -> dict[tuple[int, str], str]:
    undecided = Proposal.objects.open().order_by("id")
    return {
        (each.provider_id, each.slug): each.get_kind_display()
        for each in undecided.defer("input_schema", "example")
    }


def _row(model: ImageModel, news: Mapping[tuple[int, str], str], *, is_first: bool, is_last: bool) -> Row:
    twin = getattr(model, "edit_twin", None)
    told = [news.get((each.provider_id, each.slug), "") for each in (model, twin) if each]
    return Row(model, twin, _field_count(model), is_first, is_last, next(filter(None, told), ""))


def _field_count(model: ImageModel) -> int:
    return len(spec_of(model).shown) if model.schema else 0


@dataclass(frozen=True, slots=True)
class Sharing:
    """The form of who is offered a model: what is chosen in it, what was when it was drawn, and why it was refused."""

    is_for_everyone: bool
    projects: list[tuple[Project, bool]]
    seen: str
    refusal: str = ""


def sharing_of(model: ImageModel) -> Sharing:
    """Return the form as it is kept."""
    ids = set(model.projects.values_list("id", flat=True))
    seen = mark_of_scope(None if model.is_for_everyone else ids)
    return Sharing(model.is_for_everyone, _projects_for(ids, ids), seen)


def refused_sharing(
    model: ImageModel, refusal: str, *, is_for_everyone: bool, chosen: Collection[Project], seen: str | None
) -> Sharing:
    """Return the form as it was sent; without `seen`, what is kept now counts as seen."""
    kept = sharing_of(model)
    ids = {project.pk for project in chosen}
    named = ids | {project.pk for project, is_kept in kept.projects if is_kept}
    return Sharing(is_for_everyone, _projects_for(named, ids), kept.seen if seen is None else seen, refusal)


def _projects_for(named: Collection[int], chosen: Collection[int]) -> list[tuple[Project, bool]]:
    """Return the projects that a model may be offered in, each with whether it is: open ones, and those named."""
    found = Project.objects.order_by("name", "id")
    return [(each, each.pk in chosen) for each in found if each.pk in named or not each.is_archived]
