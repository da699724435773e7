"""Adding people, letting them in, changing what they are. `by` is None for the command line."""

import logging
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction

from studio.audit.actions import record
from studio.kit.clock import now
from studio.kit.errors import Conflict, Invalid
from studio.people.models import PasswordLink, TeamRole, User
from studio.people.policies import check_can_manage_people, check_can_stop_being_admin
from studio.people.queries import digest_of, find_link

LINK_LIFETIME = timedelta(days=7)
FIRST_ADMIN = "admin@localhost"

log = logging.getLogger(__name__)


class RoleChanged(Conflict):
    """Somebody else has changed a person's role."""


@transaction.atomic
def add_person(
    *,
    email: str,
    name: str = "",
    role: TeamRole = TeamRole.MEMBER,
    password: str | None = None,
    by: User | None,
) -> User:
    """Add a person, who can't sign in before a password is set. Raises Conflict when the address is taken."""
    if by:
        check_can_manage_people(by)
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name.strip(), role=role, password=password)
    except IntegrityError as error:
        raise Conflict(f"There is already somebody with the address {email.strip().lower()}.") from error
    record(verb="person.added", subject=person, by=by, details={"role": role})
    log.info("people.person.added person=%s", person.pk)
    return person


@transaction.atomic
def make_password_link(*, person: User, by: User | None) -> str:
    """Return the token of a new one-time link; earlier links of this person stop working."""
    if by:
        check_can_manage_people(by)
    if not person.is_active:
        raise Conflict(f"{person.display_name} is deactivated. Reactivate first, then make a link.")
    person.password_links.filter(used_at__isnull=True).delete()
    token = secrets.token_urlsafe(32)
    link = PasswordLink.objects.create(
        user=person, token_digest=digest_of(token), created_by=by, expires_at=now() + LINK_LIFETIME
    )
    record(verb="person.link_made", subject=person, by=by, details={"link": link.pk})
    return token


@transaction.atomic
def use_password_link(*, token: str, name: str, password: str) -> User:
    """Set name and password of the link's person and use the link up; of two at once, one wins.

    Raises Invalid for a link that is unknown, used or expired.
    """
    link = find_link(token)
    fresh = PasswordLink.objects.filter(token_digest=digest_of(token), used_at=None, expires_at__gt=now())
    if link is None or not link.user.is_active or not fresh.update(used_at=now()):
        raise Invalid("This link no longer works. Ask an admin of your team for a new one.")
    person = link.user
    person.name = name.strip()
    person.set_password(password)
    person.save(update_fields=["name", "password"])
    record(verb="person.password_set", subject=person, by=person, details={"link": link.pk})
    return person


def change_profile(*, name: str, time_zone: str, by: User) -> None:
    """Call oneself otherwise, and read times by another clock; an empty zone is the team's."""
    by.name, by.time_zone = name.strip(), time_zone
    by.save(update_fields=["name", "time_zone"])


@transaction.atomic
def change_team_role(*, person: User, role: TeamRole, by: User | None, seen: str | None = None) -> User:
    """Make a person an admin, a member or a guest.

    Raises Conflict when it is the last admin, or somebody who was deactivated since their role was `seen`, and
    RoleChanged when it is no longer the `seen` one.

    For what that means in projects, `projects.handing_over` has a verb of the same name.
    """
    person = lock_person(person, by)
    if seen is not None and not person.is_active:
        raise Conflict(f"Nothing was changed: {person.display_name} was deactivated meanwhile.")
    if seen is not None and person.role not in (seen, role):
        raise RoleChanged(
            f"Nothing was changed yet: somebody else has made {person.display_name} "
            f"{person.role_words} meanwhile. Press Change to put your choice in its place."
        )
    if role != TeamRole.ADMIN:
        check_can_stop_being_admin(person)
    before = person.role
    if before != role:
        person.role = role
        person.save(update_fields=["role"])
        record(verb="person.role_changed", subject=person, by=by, details={"role": [before, role]})
    return person


@transaction.atomic
def deactivate_person(*, person: User, by: User | None) -> User:
    """Lock a person out at once, everywhere. Raises Conflict when it is the last admin.

    What becomes of their work and projects, `leaving.actions` says, through which people are let go.
    """
    person = lock_person(person, by)
    check_can_stop_being_admin(person)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        person.password_links.filter(used_at__isnull=True).delete()
        record(verb="person.deactivated", subject=person, by=by)
    return person


@transaction.atomic
def reactivate_person(*, person: User, by: User | None) -> User:
    """Let a person in again, with the password they had. Raises Conflict for somebody who was deleted."""
    person = lock_person(person, by)
    if person.is_deleted:
        raise Conflict("This person was deleted. Invite them again, as a new person.")
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        record(verb="person.reactivated", subject=person, by=by)
    return person


def lock_person(person: User, by: User | None) -> User:
    """Return the person as stored now. All people are locked: two admins can't demote each other at once.

    Not against rows that refer to them: the engine, which has locked money already, must not wait for this.
    """
    if by:
        check_can_manage_people(by)
    locked = {row.pk: row for row in User.objects.select_for_update(no_key=True).order_by("id")}
    return locked[person.pk]
