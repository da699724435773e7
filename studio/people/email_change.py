"""Changing the address of an account: asked for, confirmed from the new address, told to both.

allauth's own way keeps the new address beside the old one before it is confirmed, signs people in with it, and mails it
new passwords: a slip of the pen would give the account away. Here nothing but a waiting row knows it.
"""

from datetime import timedelta
from functools import partial

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django_q.tasks import async_task

from studio.audit.actions import record
from studio.kit.clock import now
from studio.kit.errors import Invalid
from studio.kit.ids import random_name
from studio.people.models import EmailChange, User

LIFETIME = timedelta(days=2)
DEAD = "This link no longer works. Ask for the change once more on your account’s page."
_SIGNER = signing.Signer(salt="studio.email_change")


def token_of(change: EmailChange) -> str:
    """Return what stands in the link of a change; another one each time that it is asked for."""
    return _SIGNER.sign_object([change.pk, change.nonce])


def find_change(token: str) -> EmailChange | None:
    """Return the change that a link confirms; None where there is none to confirm."""
    try:
        number, nonce = _SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    return EmailChange.objects.open().select_related("person").filter(pk=number, nonce=nonce).first()


def open_changes() -> list[EmailChange]:
    """Return whose new address waits, the latest first; not those that somebody else has already."""
    taken = User.objects.filter(email=OuterRef("email"))
    waiting = EmailChange.objects.open().select_related("person").filter(~Exists(taken))
    return list(waiting.order_by("-id"))


@transaction.atomic
def ask_for_email(*, email: str, site: str, by: User) -> EmailChange:
    """Mail a link to the new address. An earlier change that waits is forgotten, and its link is dead.

    Whether somebody has the address already is said to that address only.
    """
    given = {"email": email.strip().lower(), "nonce": random_name(), "expires_at": now() + LIFETIME}
    change, _ = EmailChange.objects.update_or_create(person=by, defaults=given)
    record(verb="person.email_asked", subject=by, by=by)
    task = "studio.people.mail.send_confirmation"
    transaction.on_commit(partial(async_task, task, change.pk, site, cluster="chores"))
    return change


@transaction.atomic
def forget_change(*, by: User) -> None:
    """Withdraw the change that waits: its link stops working."""
    EmailChange.objects.filter(person=by).delete()


@transaction.atomic
def confirm_email(*, token: str) -> User:
    """Give the account its new address, once; links that were sent to the old one stop working. Raises Invalid."""
    change = find_change(token)
    if change is None or not EmailChange.objects.filter(pk=change.pk, nonce=change.nonce).delete()[0]:
        raise Invalid(DEAD)
    person = User.objects.select_for_update().get(pk=change.person_id)
    before, person.email = person.email, change.email
    try:
        with transaction.atomic():
            person.save(update_fields=["email"])
    except IntegrityError as error:
        raise Invalid(DEAD) from error
    person.password_links.filter(used_at__isnull=True).delete()
    record(verb="person.email_changed", subject=person, by=person)
    task = "studio.people.mail.send_email_changed"
    transaction.on_commit(partial(async_task, task, person.pk, [before, person.email], cluster="chores"))
    return person
