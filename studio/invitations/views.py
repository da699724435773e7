"""Inviting into a project, and the page behind an invitation's link: choose a name and a password, and come in."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from studio.invitations import actions
from studio.invitations.actions import accept
from studio.invitations.forms import InviteToProjectForm
from studio.invitations.mail import address_of
from studio.invitations.models import Invitation
from studio.invitations.queries import first_page_of, has_account, is_backed, joins_of, own_invitations
from studio.invitations.tokens import find_invitation
from studio.kit.pace import check_pace
from studio.people.forms import WelcomeForm
from studio.people.models import User
from studio.people.requests import SignedInRequest
from studio.projects.models import Project
from studio.projects.policies import check_can_edit
from studio.projects.queries import find_project


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form of an invitation that works, or why it doesn't; make the account and sign in."""
    invitation = find_invitation(token)
    if invitation is None or not invitation.works or has_account(invitation) or not is_backed(invitation):
        return _dead(request, invitation)
    form = WelcomeForm(request.POST or None, person=User(email=invitation.email))
    joins = joins_of(invitation)
    if not form.is_valid():
        context = {"form": form, "invitation": invitation, "joins": joins}
        return render(request, "invitations/join.html", context, status=422 if form.is_bound else 200)
    person = accept(token=token, **form.cleaned_data)
    get_adapter(request).login(request, person)
    return redirect(first_page_of(person))


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Have a manager bring people into the project: of the team at once, all others as guests by a link."""
    project = find_project(slug, request.user)
    check_can_edit(project, request.user)
    form = InviteToProjectForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _invite_page(request, project, form)
    check_pace("invite", request.user.pk, share=0.1)
    site = request.build_absolute_uri("/")
    done = actions.invite_to_project(project=project, **form.cleaned_data, site=site, by=request.user)
    messages.success(request, _told(done))
    return redirect("invitations:invite", project.slug)


@require_POST
def withdraw(request: SignedInRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Withdraw an invitation into the project that one has made."""
    project = find_project(slug, request.user)
    check_can_edit(project, request.user)
    own = Invitation.objects.filter(created_by=request.user, joins__project=project)
    invitation = actions.revoke(invitation=get_object_or_404(own, pk=invitation_id), by=request.user)
    messages.success(request, f"The invitation of {invitation.email} was withdrawn.")
    return redirect("invitations:invite", project.slug)


def _invite_page(request: SignedInRequest, project: Project, form: InviteToProjectForm) -> HttpResponse:
    site = request.build_absolute_uri("/")
    context = {
        "project": project,
        "form": form,
        "pending": [(one, address_of(one, site)) for one in own_invitations(project, request.user)],
        "has_mail": bool(settings.EMAIL_URL),
    }
    return render(request, "invitations/invite.html", context, status=422 if form.is_bound else 200)


def _told(done: actions.Invited) -> str:
    """Say in sentences what became of the addresses."""
    told = []
    if count := len(done.invitations):
        told.append(f"{count} {'person was' if count == 1 else 'people were'} invited as guests.")
    if done.joined:
        told.append(f"Added at once: {', '.join(person.display_name for person in done.joined)}.")
    if done.already_there:
        told.append(f"Here already: {', '.join(person.display_name for person in done.already_there)}.")
    if done.unavailable:
        told.append(f"Only an admin can bring in {', '.join(done.unavailable)}.")
    return " ".join(told)


def _dead(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    return render(
        request, "invitations/dead.html", {"invitation": invitation}, status=410 if invitation else 404
    )
