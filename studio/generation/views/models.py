"""The models to choose from: for the dialog of the studio, and as a page for browsers that run no scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from studio.catalog.entries import ABILITIES, Entry, entries_offered
from studio.generation.queries import models_with_results
from studio.generation.usual import Usual, usual_times_lately
from studio.generation.views.studio import with_files
from studio.kit.parameters import read_id
from studio.people.requests import HtmxRequest
from studio.projects.models import Project
from studio.projects.policies import check_can_generate
from studio.projects.queries import find_project

# What the page sends on its own account.
_OWN = {"csrfmiddlewaretoken", "model"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the list."""

    entry: Entry
    is_chosen: bool
    usual: Usual | None

    @property
    def able(self) -> str:
        """What not every model can, in words."""
        return ", ".join(ability.label for ability in ABILITIES if ability in self.entry.abilities)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    choices: list[Choice]


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def models(request: HtmxRequest, slug: str) -> HttpResponse:
    """List the models; POST brings along what was typed so far, and the choice takes it to the form."""
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    is_typed = request.method == "POST"
    chosen_id = read_id((request.POST if is_typed else request.GET).get("model"))
    context: dict[str, object] = {
        "project": project,
        "groups": _groups(project, chosen_id),
        "chosen_id": chosen_id,
    }
    if request.htmx and not is_typed:
        return render(request, "catalog/_model_list.html", context)
    posted, problem = with_files(request, project)
    context |= {"carried": list(_carried(posted)), "sentence": problem.sentence if problem else ""}
    return render(request, "generation/models.html", context)


def _groups(project: Project, chosen_id: int | None) -> list[Group]:
    entries = entries_offered(project)
    usual = usual_times_lately([(model_id, None) for model_id in models_with_results()])
    return [
        Group(
            name,
            [Choice(each, each.model.pk == chosen_id, usual.get((each.model.pk, None))) for each in of_group],
        )
        for name, of_group in groupby(entries, key=lambda entry: entry.group)
    ]


def _carried(posted: QueryDict) -> Iterator[tuple[str, str]]:
    for name, values in posted.lists():
        if name not in _OWN:
            yield from ((name, str(value)) for value in values)
