"""How projects, people, models, providers and keys are called on the usage pages, and what can be chosen in filters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from studio.administration.usage.asked import Asked
from studio.catalog.models import ImageModel
from studio.keys.models import ApiKey
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import UsageHour
from studio.spending.usage import UNNAMED, Wanted

NO_MODEL = "Older than prices"


@dataclass(frozen=True, slots=True)
class Choice:
    pk: int
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter: its field, what it says when nothing is chosen, and what can be."""

    field: str
    label: str
    everything: str
    choices: Sequence[Choice]


class Models:
    """All models, those that edit under the entry of their twin."""

    def __init__(self) -> None:
        rows = list(ImageModel.objects.select_related("provider", "twin_of").order_by("name", "id"))
        self.entry_of = {row.pk: row.entry_id for row in rows}
        entries = [row for row in rows if row.entry_id == row.pk]
        often = Counter(row.name for row in entries)
        self.names = {
            row.pk: f"{row.name} · {row.provider.name}" if often[row.name] > 1 else row.name
            for row in entries
        }
        self.providers = {row.provider_id: row.provider.name for row in rows}

    def name(self, entry_id: int | None) -> str:
        return self.names.get(entry_id or 0, NO_MODEL)

    def entry(self, model_id: int | None) -> int | None:
        return self.entry_of.get(model_id or 0)

    def ids_of(self, entry_id: int | None) -> tuple[int, ...]:
        """Return the models of an entry; of one that there isn't its own id, which nothing has."""
        if entry_id is None:
            return ()
        return tuple(pk for pk, entry in self.entry_of.items() if entry == entry_id) or (entry_id,)

    def named(self, chosen: int | None) -> list[tuple[int, str]]:
        """Return what can be chosen; what names no model only where a link has led to it."""
        return [*self.names.items(), *([(UNNAMED, NO_MODEL)] if chosen == UNNAMED else [])]


def wanted_by(asked: Asked, models: Models) -> Wanted:
    """Return what the figures are asked for. A model that there isn't has none."""
    return Wanted(
        project_id=asked.project,
        user_id=asked.user,
        model_ids=models.ids_of(asked.model),
        provider_id=asked.provider,
        key_id=asked.key,
    )


def facets_of(asked: Asked, models: Models, *, is_own: bool) -> list[Facet]:
    """Return the filters; on a page of one's own, those of projects and models in which one has made something."""
    projects = Project.objects.order_by("name", "id")
    if is_own and asked.user:
        made_in = Project.objects.filter(pk__in=_projects_of(asked.user))
        projects = made_in.order_by("name", "id")
    facets = [
        _facet("project", "Project", "All projects", list(projects.values_list("pk", "name")), asked),
        _facet("model", "Model", "All models", models.named(asked.model), asked),
    ]
    if is_own:
        return facets
    people = User.objects.order_by("name", "email", "id")
    keys = ApiKey.objects.select_related("provider").order_by("provider__name", "label", "id")
    named_people = [(person.pk, person.display_name) for person in people]
    named_keys = [(key.pk, f"{key.provider.name}: {key}") for key in keys]
    return [
        facets[0],
        _facet("user", "Person", "Everybody", named_people, asked),
        facets[1],
        _facet("provider", "Provider", "All providers", sorted(models.providers.items()), asked),
        _facet("key", "API key", "All keys", named_keys, asked),
    ]


def _projects_of(user_id: int) -> list[int]:
    return list(
        UsageHour.objects.filter(user=user_id).order_by().values_list("project_id", flat=True).distinct()
    )


def _facet(field: str, label: str, everything: str, named: Sequence[tuple[int, str]], asked: Asked) -> Facet:
    chosen = getattr(asked, field)
    return Facet(field, label, everything, [Choice(pk, name, pk == chosen) for pk, name in named])
