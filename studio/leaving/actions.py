"""Letting a person go. Each verb is one transaction: a crash undoes all of it, and doing it twice changes nothing."""

import logging

from django.db import models, transaction

from studio.audit.actions import record
from studio.generation.actions import cancel_unsent_of
from studio.generation.asking import withdraw_all_of
from studio.invitations.actions import revoke_all_of
from studio.invitations.models import Invitation
from studio.kit.clock import now
from studio.kit.errors import Conflict
from studio.people import actions as people
from studio.people.models import User
from studio.people.sessions import end_sessions_of
from studio.projects.handing_over import hand_over
from studio.sharing.actions import revoke_links_of

FORMER_MEMBER = "Former member"
# Of a person who is deleted these stay: the number by which rows know them, and that they were there.
KEPT_FIELDS = {"id", "role", "is_active", "created_at"}

log = logging.getLogger(__name__)


@transaction.atomic
def deactivate(*, person: User, heir: User | None = None, keeps_links: bool = False, by: User) -> User:
    """Lock a person out at once, and settle what they leave behind.

    What is queued is cancelled and its money released; what is in flight finishes for its project; images stay. The
    projects that nobody else manages go to `heir`. Their invitations are withdrawn, and their share links revoked
    unless `keeps_links`. Raises Conflict for the last admin, and where an heir is needed and there is none.
    """
    person = people.deactivate_person(person=person, by=by)
    end_sessions_of(person)
    hand_over(person=person, heir=heir, by=by)
    cancelled = cancel_unsent_of(author=person, by=by)
    withdraw_all_of(author=person, by=by)
    revoke_all_of(inviter=person, by=by)
    if not keeps_links:
        revoke_links_of(maker=person, by=by)
    log.info("leaving.person.deactivated person=%s cancelled=%s", person.pk, cancelled)
    return person


@transaction.atomic
def delete(*, person: User, by: User) -> User:
    """Delete what is personal of a deactivated person, for good; what belongs to the team stays as a former member's.

    The row itself stays, without name and address, since images, ledger and audit log know people by its number: none
    of them changes. Raises Conflict for somebody who can still sign in.
    """
    person = people.lock_person(person, by)
    if person.is_active:
        raise Conflict(f"{person.display_name} can still sign in. Deactivate them first.")
    if person.is_deleted:
        return person
    end_sessions_of(person)
    Invitation.objects.filter(models.Q(accepted_by=person) | models.Q(email__iexact=person.email)).delete()
    _delete_own_rows(person)
    _forget(person)
    record(verb="person.deleted", subject=person, by=by)
    log.info("leaving.person.deleted person=%s", person.pk)
    return person


def _delete_own_rows(person: User) -> None:
    """Delete the rows that exist for the person alone: all that would go with their row, such as stars and memberships.

    A model says so itself, by CASCADE, whichever room or package it is of; PROTECT says that the team keeps it.
    """
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE:
            relation.related_model._base_manager.filter(**{relation.field.name: person}).delete()


def _forget(person: User) -> None:
    """Empty the row of all that it says of the person, whatever fields it has."""
    for field in User._meta.concrete_fields:
        if field.name not in KEPT_FIELDS:
            setattr(person, field.attname, field.get_default())
    person.email = f"former-{person.pk}@deleted.invalid"
    person.name = FORMER_MEMBER
    person.deleted_at = now()
    person.set_unusable_password()
    person.save()
