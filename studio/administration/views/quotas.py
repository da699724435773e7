"""What the team, each project and each person may spend."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from studio.administration.limits import (
    COLUMNS,
    Group,
    WrongLimit,
    as_meant,
    matrix,
    read_cells,
    with_typed,
    write_seen,
)
from studio.administration.reauthentication import recently_signed_in_to_save
from studio.administration.requests import RequestRow, request_rows
from studio.administration.trying import try_out
from studio.kit.parameters import read_id
from studio.people.models import User
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.projects.models import Project
from studio.spending.limiting import lock_limits, set_limit


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in_to_save
def quotas(request: SignedInRequest) -> HttpResponse:
    """Show all limits, or with `project` those of the people in it; POST sets what was typed, an empty cell lifts.

    With `person`, `in`, `images` and `dollars` it also answers whether that may be made now.
    """
    check_can_manage_people(request.user)
    project_id = read_id(request.GET.get("project"))
    project = get_object_or_404(Project, pk=project_id) if project_id else None
    if request.method != "POST":
        return quotas_page(request, project, matrix(project))
    with transaction.atomic():
        lock_limits()
        groups = matrix(project)
        typed = as_meant(groups, {name: str(value) for name, value in request.POST.items()})
        try:
            limits = read_cells(groups, typed)
        except WrongLimit as wrong:
            kept = with_typed(groups, typed, wrong.errors)
            return quotas_page(request, project, kept, seen=wrong.seen, refusal=wrong.sentence, status=422)
        changed = sum(
            set_limit(scope=scope, period=period, max_images=images, max_micros=micros, by=request.user)
            for (scope, period), (images, micros) in limits.items()
        )
    messages.success(request, "The limits are set." if changed else "Nothing was changed.")
    query = f"?project={project.pk}" if project else ""
    return redirect(f"{reverse('administration:quotas')}{query}")


def quotas_page(
    request: SignedInRequest,
    project: Project | None,
    groups: list[Group],
    *,
    requests: list[RequestRow] | None = None,
    seen: str | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page of all limits, with a `refusal` as a form that came back; `seen` is what is set.

    `requests` are those that wait, unless a form among them came back.
    """
    context = {
        "groups": groups,
        "columns": COLUMNS,
        "project": project,
        "projects": Project.objects.open().order_by("name", "id"),
        "trial": try_out(request.GET),
        "people": User.objects.order_by("-is_active", "name", "email", "id"),
        "requests": request_rows() if requests is None else requests,
        "seen": write_seen(groups) if seen is None else seen,
        "refusal": refusal,
    }
    return render(request, "administration/quotas.html", context, status=status)
