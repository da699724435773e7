"""Mail about one's account. Tasks; links are made here, so no queue ever holds one."""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from studio.audit.actions import record_seldom
from studio.kit.mail import send_written
from studio.people.email_change import token_of
from studio.people.models import EmailChange, User

SAME_ASKING_EVERY = timedelta(minutes=10)


def send_reset(address: str, site: str) -> None:
    """Mail the link to a new password, if somebody has this address and may come in; who asked is told the same."""
    person = User.objects.filter(email__iexact=address, is_active=True).first()
    if person is None:
        return
    record_seldom(verb="person.reset_asked", about=str(person.pk), every=SAME_ASKING_EVERY, subject=person)
    key = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    link = site + reverse("account_reset_password_from_key", kwargs=key)
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    send_written([person.email], "reset", {"person": person, "link": link, "hours": hours})


def send_password_changed(person_id: int) -> None:
    """Tell a person that their password is another one now."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person:
        send_written([person.email], "password_changed", {"person": person})


def send_sign_in_changed(person_id: int, what: str) -> None:
    """Tell a person what became of the ways by which they sign in; `what` is a part of the text: "app_added"."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person:
        send_written([person.email], "sign_in_changed", {"person": person, "what": what})


def address_of(change: EmailChange, site: str) -> str:
    """Return the full link with which a new address is confirmed."""
    return site.rstrip("/") + reverse("people:confirm_email", args=[token_of(change)])


def send_confirmation(change_id: int, site: str) -> None:
    """Ask a new address whether it is theirs. One that belongs to somebody already is told so, and no link."""
    change = EmailChange.objects.open().select_related("person").filter(pk=change_id).first()
    if change is None:
        return
    if User.objects.filter(email__iexact=change.email).exists():
        send_written([change.email], "email_in_use", {})
        return
    words = {"person": change.person, "link": address_of(change, site), "until": change.expires_at}
    send_written([change.email], "confirm_email", words)


def send_email_changed(person_id: int, addresses: list[str]) -> None:
    """Tell the old address and the new one of a change. Both are given, since only one of them is stored now."""
    person = User.objects.filter(pk=person_id).first()
    if person:
        send_written(addresses, "email_changed", {"person": person, "new": person.email})
