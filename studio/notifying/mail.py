"""News by mail, as each person has chosen: a scheduled task sends what is due, each at most once.

A mail is taken out of what is due before it is sent, so a crash in between loses it (the bell still has it) and never
sends it twice. Only what the mail server has refused is tried again, a few times.
"""

import logging
from datetime import timedelta

from django.db.models import F
from django.urls import reverse

from studio.generation.asking_mail import words_for_admin, words_for_author
from studio.kit.clock import now
from studio.kit.mail import page_address, send_to_each, written
from studio.notifying.models import Kind, Notification
from studio.notifying.queries import notifications_of
from studio.people.mail_choices import wants_mail

AT_ONCE = 100
MOST_TRIES = 5
FIRST_WAIT = timedelta(minutes=2)
# Whoever gets more within an hour reads the bell.
MOST_AN_HOUR = 30

log = logging.getLogger(__name__)


def send_due() -> int:
    """Send the mails that are due; return how many went out."""
    due = Notification.objects.filter(mail_at__lte=now()).order_by("mail_at", "id")
    return sum(_send(pk) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))


def _send(pk: int) -> int:
    taken = Notification.objects.filter(pk=pk, mail_at__lte=now())
    if not taken.update(mail_at=None, mail_tries=F("mail_tries") + 1):
        return 0
    row = Notification.objects.select_related("person", "project", "actor").get(pk=pk)
    words = _words(row) if _is_wanted(row) else None
    if words is None:
        return 0
    if send_to_each([row.person.email], *words):
        return Notification.objects.filter(pk=pk).update(mailed_at=now())
    if row.mail_tries < MOST_TRIES:
        wait = FIRST_WAIT * 4 ** (row.mail_tries - 1)
        Notification.objects.filter(pk=pk).update(mail_at=now() + wait)
    else:
        log.warning("notifying.mail.given_up notification=%s", pk)
    return 0


def _is_wanted(row: Notification) -> bool:
    """Tell whether a person still wants to hear of it by mail: they haven't read it, and may still see it."""
    if not wants_mail(row.person, row.kind) or row.read_at:
        return False
    told = notifications_of(row.person).order_by()
    lately = told.filter(mailed_at__gt=now() - timedelta(hours=1)).count()
    return lately < MOST_AN_HOUR and told.filter(pk=row.pk).exists()


def _words(row: Notification) -> tuple[str, str] | None:
    """Return subject and text, without any prompt; None where there is nothing to say any more."""
    if row.kind == Kind.ASKED:
        return words_for_admin(row.subject_id or 0)
    if row.kind in (Kind.GRANTED, Kind.DECLINED):
        return words_for_author(row.subject_id or 0)
    # Who came in by an invitation knows of its projects.
    if row.kind == Kind.INVITED and row.actor is None:
        return None
    path = reverse("generation:studio", args=[row.project.slug]) if row.project else "/"
    words = {"row": row, "link": page_address(path), "choices": page_address(reverse("account:profile"))}
    return written("news", words)
