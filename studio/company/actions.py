"""Letting people in whom the company's provider knows, and tying accounts to it."""

from dataclasses import dataclass
from functools import partial

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django_q.tasks import async_task

from project.company import Company
from studio.audit.actions import record
from studio.company.provider import Identity
from studio.company.refusals import Reason, Refused
from studio.company.whose import find_link
from studio.invitations.actions import accept_by_address
from studio.invitations.queries import open_invitation_of
from studio.kit.errors import Conflict, Invalid, NotAllowed
from studio.people.actions import add_person
from studio.people.models import User
from studio.people.policies import check_still_here
from studio.people.ways_in import company_link_of


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes in; `is_new` says that their account was made just now."""

    person: User
    is_new: bool = False


def let_in(*, identity: Identity, company: Company) -> Arrival:
    """Return whose identity it is, and make the account of somebody who may come in. Raises Refused.

    Found by the subject; else by the address, if the provider has confirmed it: an account, an open invitation, which
    is used up, or a domain of the company's own.
    """
    try:
        with transaction.atomic():
            return _known(identity) or _recognized(identity, company)
    except (IntegrityError, Conflict, Invalid) as error:
        raise Refused(Reason.RACED, type(error).__name__) from error


def link(*, identity: Identity, by: User) -> None:
    """Tie one's own account to this identity. Raises Refused where either is tied otherwise."""
    try:
        with transaction.atomic():
            _check_may_come_in(by)
            _tie(by, identity)
            _tell(by, "company_linked")
    except IntegrityError as error:
        raise Refused(Reason.RACED, person=by) from error


@transaction.atomic
def unlink(*, by: User) -> None:
    """Untie one's own account. Raises Conflict where it is the only way in."""
    check_can_unlink(by)
    if found := company_link_of(by):
        found.delete()
        record(verb="person.company_unlinked", subject=by, by=by)
        _tell(by, "company_unlinked")


def check_can_unlink(person: User) -> None:
    """Raise Conflict for somebody who has no password to sign in with afterwards."""
    if not person.has_usable_password():
        raise Conflict(
            "This is your only way in. Set a password first: “Forgot your password?” sends you a link."
        )


def _known(identity: Identity) -> Arrival | None:
    found = find_link(identity)
    if found is None:
        return None
    _check_may_come_in(found.user)
    return Arrival(found.user)


def _recognized(identity: Identity, company: Company) -> Arrival:
    if not identity.email:
        raise Refused(Reason.UNCONFIRMED)
    person = User.objects.filter(email=identity.email).first()
    arrival = Arrival(person) if person else Arrival(_arrived(identity, company), is_new=True)
    _check_may_come_in(arrival.person)
    _tie(arrival.person, identity)
    if not arrival.is_new:
        _tell(arrival.person, "company_linked")
    return arrival


def _arrived(identity: Identity, company: Company) -> User:
    if open_invitation_of(identity.email):
        return accept_by_address(email=identity.email, name=identity.name)
    if identity.email.rpartition("@")[2] in company.domains:
        return add_person(email=identity.email, name=identity.name, by=None)
    raise Refused(Reason.UNKNOWN)


def _check_may_come_in(person: User) -> None:
    """Raise Refused for somebody deactivated; nobody is, until this commits."""
    try:
        check_still_here(person)
    except NotAllowed as error:
        raise Refused(Reason.DEACTIVATED, person=person) from error


def _tie(person: User, identity: Identity) -> None:
    """An address may be given to somebody else one day: whose account is tied already isn't theirs for its sake."""
    theirs, known = company_link_of(person), find_link(identity)
    if theirs != known:
        raise Refused(Reason.TAKEN, person=person)
    if theirs is None:
        SocialAccount.objects.create(user=person, provider=identity.issuer, uid=identity.subject)
        record(verb="person.company_linked", subject=person, by=person)


def _tell(person: User, what: str) -> None:
    """Tell the person by mail: it may have been somebody else at their screen."""
    task = "studio.people.mail.send_sign_in_changed"
    transaction.on_commit(partial(async_task, task, person.pk, what, cluster="chores"))
