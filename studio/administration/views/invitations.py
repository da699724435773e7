"""Inviting people from the page of the team."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_save
from studio.administration.views.people import show_people
from studio.invitations import actions
from studio.invitations.actions import Invited
from studio.invitations.forms import InviteForm
from studio.invitations.models import Invitation
from studio.kit.pace import check_pace
from studio.people.models import User
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_POST
@recently_signed_in_to_save
def invite(request: SignedInRequest) -> HttpResponse:
    """Invite a list of addresses; the page then shows their links, too."""
    check_can_manage_people(request.user)
    check_pace("invite", request.user.pk, share=0.1)
    form = InviteForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_people(request, invite_form=form, status=422)
    done = actions.invite(
        addresses=form.cleaned_data["addresses"],
        role=form.cleaned_data["team_role"],
        joins=form.joins,
        site=request.build_absolute_uri("/"),
        by=request.user,
    )
    messages.success(request, _told(done))
    return redirect("administration:people")


@require_POST
@recently_signed_in
def renew(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    actions.renew(invitation=invitation, site=request.build_absolute_uri("/"), by=request.user)
    messages.success(request, f"A new link is on its way to {invitation.email}. The old one is dead.")
    return redirect("administration:people")


@require_POST
@recently_signed_in
def revoke(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    actions.revoke(invitation=invitation, by=request.user)
    messages.success(request, f"The invitation of {invitation.email} was withdrawn.")
    return redirect("administration:people")


def _told(done: Invited) -> str:
    """Say in sentences what became of the list."""
    told = []
    if count := len(done.invitations):
        told.append(f"{count} {'person was' if count == 1 else 'people were'} invited.")
    if done.joined:
        told.append(f"Added to the projects at once: {_names(done.joined)}.")
    if done.already_there:
        told.append(f"In the team already: {_names(done.already_there)}.")
    return " ".join(told)


def _names(people: list[User]) -> str:
    shown = ", ".join(person.display_name for person in people[:3])
    return f"{shown} and {len(people) - 3} more" if len(people) > 3 else shown
