"""The project list, and a project's members and settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.people.requests import SignedInRequest
from studio.projects import actions
from studio.projects.forms import AddMemberForm, ProjectForm, RoleForm
from studio.projects.models import Project, Visibility
from studio.projects.policies import (
    can_create_project,
    can_edit,
    can_leave,
    can_manage,
    check_can_create_project,
    check_can_edit,
    check_can_manage,
    leave_refusal,
)
from studio.projects.queries import Which, find_project, list_cards, list_members, words_for_images


@require_safe
def project_list(request: SignedInRequest) -> HttpResponse:
    search = request.GET.get("q", "").replace("\0", "").strip()
    which = Which.parse(request.GET.get("which", ""))
    cards = list_cards(request.user, search=search, which=which)
    context = {
        "search": search,
        "which": which,
        "cards": [card for card in cards if not card.project.is_archived],
        "archived": [card for card in cards if card.project.is_archived],
        "can_create": can_create_project(request.user),
        "is_filtered": bool(search) or which is not Which.ALL,
        "image_words": words_for_images(sum(card.contents.image_count for card in cards)),
    }
    return render(request, "projects/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    check_can_create_project(request.user)
    form = ProjectForm(request.POST or None)
    if not form.is_valid():
        return render(request, "projects/create.html", {"form": form}, status=_form_status(form))
    project = actions.create_project(**form.cleaned_data, by=request.user)
    return redirect("generation:studio", project.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show and change what the project is called and who sees it; archived, it can only be restored."""
    project = find_project(slug, request.user)
    check_can_manage(project, request.user)
    form = ProjectForm(request.POST or None, project=project)
    if not form.is_valid():
        context = {"project": project, "form": form}
        return render(request, "projects/settings.html", context, status=_form_status(form))
    project = actions.edit_project(project=project, **form.cleaned_data, by=request.user)
    messages.success(request, "Saved.")
    return redirect("projects:settings", project.slug)


@require_POST
def archive(request: SignedInRequest, slug: str) -> HttpResponse:
    project = actions.archive_project(project=find_project(slug, request.user), by=request.user)
    messages.success(request, f"{project.name} is archived. Its pictures stay where they are.")
    return redirect("projects:list")


@require_POST
def restore(request: SignedInRequest, slug: str) -> HttpResponse:
    project = actions.restore_project(project=find_project(slug, request.user), by=request.user)
    messages.success(request, f"{project.name} is open again.")
    return redirect("generation:studio", project.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the members to whoever sees the project; managers add people."""
    project = find_project(slug, request.user)
    if request.method != "POST":
        return _members_page(request, project, AddMemberForm(project=project))
    check_can_edit(project, request.user)
    form = AddMemberForm(request.POST, project=project)
    if not form.is_valid():
        return _members_page(request, project, form)
    membership = actions.add_member(project=project, **form.cleaned_data, by=request.user)
    messages.success(request, f"{membership.user.display_name} is now a {membership.role} of this project.")
    return redirect("projects:members", project.slug)


@require_POST
def change_role(request: SignedInRequest, slug: str, membership_id: int) -> HttpResponse:
    project = find_project(slug, request.user)
    check_can_edit(project, request.user)
    membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _members_page(request, project, AddMemberForm(project=project), status=422)
    actions.change_role(membership=membership, role=form.cleaned_data["role"], by=request.user)
    messages.success(request, f"{membership.user.display_name} is now a {membership.role}.")
    return redirect("projects:members", project.slug)


@require_POST
def remove_member(request: SignedInRequest, slug: str, membership_id: int) -> HttpResponse:
    project = find_project(slug, request.user)
    check_can_edit(project, request.user)
    membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    actions.remove_member(membership=membership, by=request.user)
    messages.success(request, f"{membership.user.display_name} is no longer a member.")
    return redirect("projects:members", project.slug)


@require_POST
def leave(request: SignedInRequest, slug: str) -> HttpResponse:
    project = find_project(slug, request.user)
    actions.leave_project(project=project, by=request.user)
    messages.success(request, f"You left {project.name}.")
    return redirect("projects:list")


def _members_page(
    request: SignedInRequest, project: Project, form: AddMemberForm, *, status: int | None = None
) -> HttpResponse:
    context = {
        "project": project,
        "form": form,
        "memberships": list_members().filter(project=project),
        "can_edit": can_edit(project, request.user),
        "can_manage": can_manage(project, request.user),
        "can_leave": can_leave(project, request.user),
        "leave_refusal": leave_refusal(project, request.user),
        "is_team_project": project.visibility == Visibility.TEAM,
    }
    return render(request, "projects/members.html", context, status=status or _form_status(form))


def _form_status(form: AddMemberForm | ProjectForm) -> int:
    return 422 if form.is_bound else 200
