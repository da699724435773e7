"""All projects of the team."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from studio.administration.projects import Which, list_projects
from studio.administration.reauthentication import recently_signed_in
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.projects.actions import archive_project, restore_project
from studio.projects.models import Project


@require_safe
def projects(request: SignedInRequest) -> HttpResponse:
    """List the projects: the open ones, or with `which` the archived ones or all; `q` searches, `page` counts from 1."""
    check_can_manage_people(request.user)
    search = request.GET.get("q", "").replace("\0", "").strip()
    which = Which.parse(request.GET.get("which", ""))
    number = read_id(request.GET.get("page")) or 1
    page = list_projects(request.user, search=search, which=which, number=number)
    query = urlencode({"q": search, "which": which})
    context = {"page": page, "rows": page.rows, "search": search, "which": which, "query": query}
    return render(request, "administration/projects.html", context)


@require_POST
@recently_signed_in
def archive(request: SignedInRequest, project_id: int) -> HttpResponse:
    return _change(
        request, project_id, archive_project, "{} is archived. Its pictures stay where they are.", "open"
    )


@require_POST
@recently_signed_in
def restore(request: SignedInRequest, project_id: int) -> HttpResponse:
    return _change(request, project_id, restore_project, "{} is open again.", "archived")


def _change(
    request: SignedInRequest, project_id: int, act: Callable[..., Project], sentence: str, which: str
) -> HttpResponse:
    """Archive or restore, and go back to the list in which the project was."""
    check_can_manage_people(request.user)
    project = act(project=get_object_or_404(Project, pk=project_id), by=request.user)
    messages.success(request, sentence.format(project.name))
    return redirect(f"{reverse('administration:projects')}?which={which}")
