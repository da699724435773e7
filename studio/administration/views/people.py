"""The people of the team."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from studio.administration.finding import address_of, fits, words_of
from studio.administration.queries import PersonRow, list_people, people_without_password
from studio.administration.reauthentication import recently_signed_in
from studio.invitations.forms import InviteForm
from studio.invitations.mail import address_of as address_of_link
from studio.invitations.queries import pending_invitations
from studio.kit.errors import Conflict
from studio.people.actions import (
    RoleChanged,
    add_person,
    make_password_link,
    reactivate_person,
)
from studio.people.email_change import open_changes
from studio.people.factors.queries import current_rule
from studio.people.forms import AddPersonForm, TeamRoleForm
from studio.people.mail import address_of as address_of_change
from studio.people.models import SignInRule, TeamRole, User
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.projects.handing_over import change_team_role


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A one-time link on the one page that ever shows it."""

    person: User
    url: str


@dataclass(frozen=True, slots=True)
class RefusedRole:
    """A role that somebody doesn't have yet, with the sentence that says why."""

    person: User
    role: TeamRole
    sentence: str


@dataclass(frozen=True, slots=True)
class RefusedRule:
    """Of whom two factors aren't asked yet, with the sentence that says why."""

    rule: SignInRule.TwoFactors
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in
def people(request: SignedInRequest) -> HttpResponse:
    """List the team; add a person and show the link with which they come in."""
    check_can_manage_people(request.user)
    form = AddPersonForm(request.POST or None)
    if not form.is_valid():
        return show_people(request, form, status=422 if form.is_bound else 200)
    try:
        person = add_person(**form.cleaned_data, by=request.user)
    except Conflict as conflict:
        form.add_error("email", conflict.sentence)
        return show_people(request, form, status=422)
    return show_people(request, fresh=_fresh_link(request, person))


@require_POST
@recently_signed_in
def make_link(request: SignedInRequest, person_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    person = get_object_or_404(User.objects.present(), pk=person_id)
    return show_people(request, fresh=_fresh_link(request, person))


@require_POST
@recently_signed_in
def change_role(request: SignedInRequest, person_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    person = get_object_or_404(User.objects.present(), pk=person_id)
    form = TeamRoleForm(request.POST)
    if not form.is_valid():
        return show_people(request, status=422)
    role, seen = form.cleaned_data["role"], request.POST.get("seen")
    try:
        person = change_team_role(person=person, role=role, by=request.user, seen=seen)
    except RoleChanged as conflict:
        refused = RefusedRole(person, role, conflict.sentence)
        return show_people(request, refused=refused, status=409)
    sees = ", who sees only the projects that they were given" if person.is_guest else ""
    messages.success(request, f"{person.display_name} is now {person.role_words}{sees}.")
    return redirect(address_of(request, "administration:people"))


@require_POST
@recently_signed_in
def reactivate(request: SignedInRequest, person_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    person = reactivate_person(
        person=get_object_or_404(User.objects.present(), pk=person_id), by=request.user
    )
    messages.success(request, f"{person.display_name} can sign in again.")
    return redirect(address_of(request, "administration:people"))


def _fresh_link(request: SignedInRequest, person: User) -> FreshLink:
    token = make_password_link(person=person, by=request.user)
    return FreshLink(person, request.build_absolute_uri(reverse("people:welcome", args=[token])))


def show_people(
    request: SignedInRequest,
    form: AddPersonForm | None = None,
    *,
    invite_form: InviteForm | None = None,
    fresh: FreshLink | None = None,
    refused: RefusedRole | None = None,
    refused_rule: RefusedRule | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page of the team, with the forms as they were sent."""
    rows, words = [_with_refusal(row, refused) for row in list_people()], words_of(request)
    site = request.build_absolute_uri("/")
    context = {
        "rows": [row for row in rows if row.refusal or fits(words, *row.texts)],
        "count": len(rows),
        "roles": TeamRole.choices,
        "rules": SignInRule.TwoFactors.choices,
        "rule": current_rule(),
        "refused_rule": refused_rule,
        "bare": sum(row.person.is_active and not row.person.has_second_factor for row in rows),
        "words": words,
        "form": form or AddPersonForm(),
        "invite_form": invite_form or InviteForm(),
        "pending": [(one, address_of_link(one, site)) for one in pending_invitations()],
        "changes": []
        if settings.EMAIL_URL
        else [(one, address_of_change(one, site)) for one in open_changes()],
        "asked": [] if settings.EMAIL_URL else people_without_password(),
        "fresh": fresh,
    }
    return render(request, "administration/people.html", context, status=status)


def _with_refusal(row: PersonRow, refused: RefusedRole | None) -> PersonRow:
    if refused is None or row.person != refused.person:
        return row
    return replace(row, chosen=refused.role, refusal=refused.sentence)
