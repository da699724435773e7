"""Inviting people, and coming in by invitation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django_q.tasks import async_task

from studio.audit.actions import record
from studio.invitations.models import Invitation, InvitedProject
from studio.invitations.queries import is_backed, open_invitation_of
from studio.invitations.tokens import find_invitation
from studio.kit.clock import now
from studio.kit.errors import Conflict, Invalid
from studio.kit.ids import random_name
from studio.kit.wire import JsonObject
from studio.people.actions import add_person
from studio.people.models import TeamRole, User
from studio.people.policies import check_can_manage_people
from studio.projects.actions import add_member
from studio.projects.models import Membership, Project, ProjectRole
from studio.projects.policies import can_manage, check_can_edit
from studio.projects.queries import most_for

LIFETIME = timedelta(days=7)
DEAD = "This invitation no longer works. Ask who invited you for a new one."
GUESTS_MANAGE_NOTHING = "Guests can’t manage a project. Invite them as members, or with another role."

Joins = Mapping[Project, ProjectRole]


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of a list of addresses: invitations, and people of the team who were added to projects at once.

    `unavailable` are addresses that only an admin can do something about.
    """

    invitations: list[Invitation] = field(default_factory=list)
    joined: list[User] = field(default_factory=list)
    already_there: list[User] = field(default_factory=list)
    unavailable: list[str] = field(default_factory=list)


@transaction.atomic
def invite(*, addresses: Sequence[str], role: TeamRole, joins: Joins, site: str, by: User) -> Invited:
    """Invite each address, and mail the link to it. `site` is the address under which people reach Studio.

    Who is in the team already gets the projects at once. An address that was invited before gets a new link, which
    replaces the old one. Raises NotAllowed unless `by` is an admin of the team.
    """
    check_can_manage_people(by)
    check_joins_fit(role, joins)
    people = {person.email: person for person in User.objects.filter(email__in=addresses).order_by("id")}
    done = Invited()
    for address in addresses:
        if person := people.get(address):
            is_new = _join(person, joins, by)
            (done.joined if is_new else done.already_there).append(person)
        else:
            done.invitations.append(_invite(address, role, joins, site, by))
    return done


@transaction.atomic
def invite_to_project(
    *, addresses: Sequence[str], project: Project, role: ProjectRole, site: str, by: User
) -> Invited:
    """Have a manager bring people into their project: who is in the team at once, others as guests by invitation.

    A guest sees what the manager has to give, this project, and no more. Who was invited by somebody else is left as
    they are: a link to more than the manager has must not come into their hands. Raises NotAllowed unless `by`
    manages the project, Invalid for a role that guests can't have.
    """
    check_can_edit(project, by)
    joins = {project: role}
    check_joins_fit(TeamRole.GUEST, joins)
    people = {person.email: person for person in User.objects.filter(email__in=addresses).order_by("id")}
    done = Invited()
    for address in addresses:
        person = people.get(address)
        if person and not person.is_active:
            done.unavailable.append(address)
        elif person:
            (done.joined if _join(person, joins, by) else done.already_there).append(person)
        elif (
            Invitation.objects.pending()
            .filter(email=address)
            .exclude(created_by=by, role=TeamRole.GUEST)
            .exists()
        ):
            done.unavailable.append(address)
        else:
            known = InvitedProject.objects.filter(
                invitation__in=Invitation.objects.pending().filter(email=address)
            )
            earlier = {
                join.project: ProjectRole(join.role)
                for join in known.select_related("project").order_by("id")
            }
            done.invitations.append(_invite(address, TeamRole.GUEST, {**earlier, **joins}, site, by))
    return done


@transaction.atomic
def renew(*, invitation: Invitation, site: str, by: User) -> Invitation:
    """Mail an invitation with a new link and its full time again. Raises Conflict when it was used or withdrawn."""
    check_can_manage_people(by)
    invitation = _pending(invitation)
    invitation.nonce, invitation.expires_at = random_name(), now() + LIFETIME
    invitation.save(update_fields=["nonce", "expires_at"])
    record(verb="invitation.renewed", subject=invitation, by=by)
    _mail_later(invitation, site)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Withdraw an invitation: its link stops working. Raises Conflict when it was used meanwhile.

    Raises NotAllowed unless `by` is an admin of the team or has made it.
    """
    if invitation.created_by_id != by.pk:
        check_can_manage_people(by)
    invitation = _pending(invitation)
    invitation.revoked_at = now()
    invitation.save(update_fields=["revoked_at"])
    record(verb="invitation.revoked", subject=invitation, by=by)
    return invitation


@transaction.atomic
def revoke_all_of(*, inviter: User, by: User) -> None:
    """Withdraw all open invitations of somebody who leaves the team."""
    for invitation in Invitation.objects.pending().filter(created_by=inviter).order_by("id"):
        revoke(invitation=invitation, by=by)


@transaction.atomic
def accept(*, token: str, name: str, password: str) -> User:
    """Make the account of an invitation, and its memberships, and use it up; of many at once, one wins.

    Raises Invalid for a link that is unknown, used, withdrawn or expired, Conflict when there is an account already.
    """
    invitation = find_invitation(token)
    if invitation is None:
        raise Invalid(DEAD)
    return _use_up(invitation, name, password)


@transaction.atomic
def accept_by_address(*, email: str, name: str) -> User:
    """The same for somebody without the link whose address is confirmed by others; they get no password.

    Raises Invalid where nobody has invited the address, Conflict when there is an account already.
    """
    invitation = open_invitation_of(email)
    if invitation is None:
        raise Invalid(DEAD)
    return _use_up(invitation, name, None)


def _use_up(invitation: Invitation, name: str, password: str | None) -> User:
    usable = Invitation.objects.open().filter(pk=invitation.pk, nonce=invitation.nonce)
    if not is_backed(invitation) or not usable.update(accepted_at=now()):
        raise Invalid(DEAD)
    person = add_person(
        email=invitation.email, name=name, role=TeamRole(invitation.role), password=password, by=None
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
    record(verb="invitation.accepted", subject=invitation, by=person)
    joins = InvitedProject.objects.filter(invitation=invitation).select_related("project").order_by("id")
    inviter = invitation.created_by
    given = [join for join in joins if inviter is None or can_manage(join.project, inviter)]
    _join(person, {join.project: ProjectRole(join.role) for join in given}, None)
    return person


def check_joins_fit(role: TeamRole, joins: Joins) -> None:
    """Raise Invalid for an invitation of a guest who would manage a project."""
    if role is TeamRole.GUEST and ProjectRole.MANAGER in joins.values():
        raise Invalid(GUESTS_MANAGE_NOTHING)


def _invite(address: str, role: TeamRole, joins: Joins, site: str, by: User) -> Invitation:
    known = Invitation.objects.pending().select_for_update().filter(email=address).first()
    invitation = known or Invitation(email=address)
    invitation.role, invitation.created_by = role, by
    invitation.nonce, invitation.expires_at = random_name(), now() + LIFETIME
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        raise Conflict(f"Somebody else is inviting {address} at this moment.") from error
    invitation.joins.all().delete()
    InvitedProject.objects.bulk_create(
        InvitedProject(invitation=invitation, project=project, role=as_what)
        for project, as_what in joins.items()
    )
    details: JsonObject = {"role": role.value, "projects": [project.pk for project in joins]}
    record(verb="invitation.sent", subject=invitation, by=by, details=details)
    _mail_later(invitation, site)
    return invitation


def _join(person: User, joins: Joins, by: User | None) -> bool:
    """Add a person to the open projects in which they aren't yet; tell whether there was one."""
    theirs = set(Membership.objects.filter(user=person).values_list("project_id", flat=True))
    new = [project for project in joins if project.pk not in theirs and not project.is_archived]
    for project in new:
        role = joins[project] if by else most_for(person, joins[project])
        add_member(project=project, person=person, role=role, by=by)
    return bool(new)


def _pending(invitation: Invitation) -> Invitation:
    """Return the invitation as stored now, locked. Raises Conflict unless it is pending."""
    locked = Invitation.objects.pending().select_for_update().filter(pk=invitation.pk).first()
    if locked is None:
        raise Conflict("This invitation was used or withdrawn meanwhile.")
    return locked


def _mail_later(invitation: Invitation, site: str) -> None:
    task = "studio.invitations.mail.send_invitation"
    transaction.on_commit(partial(async_task, task, invitation.pk, site, cluster="chores"))
