"""The sessions of a person: where they are signed in, and the end of it."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from studio.audit.actions import record
from studio.kit.clock import now
from studio.people.browsers import words_for_browser
from studio.people.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which a person is signed in; `is_here` is the one that asks."""

    id: int
    browser: str
    address: str
    began_at: datetime
    is_here: bool


def places_of(person: User, here: str | None) -> list[Place]:
    """Return where a person is signed in, the asking session first (its key is `here`), then the newest."""
    rows = UserSession.objects.filter(user=person).order_by("-created_at", "-id")
    keys = [row.session_key for row in rows]
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=now()).values_list(
            "session_key", flat=True
        )
    )
    places = [
        Place(row.pk, words_for_browser(row.user_agent), row.ip, row.created_at, row.session_key == here)
        for row in rows
        if row.session_key in alive
    ]
    return sorted(places, key=lambda place: not place.is_here)


@transaction.atomic
def end_place(*, place_id: int, by: User) -> bool:
    """Sign a person out of one place of theirs; tell whether they were still signed in there."""
    row = UserSession.objects.filter(user=by, pk=place_id).first()
    if row is None:
        return False
    _end([row.session_key])
    record(verb="session.ended", subject=by, by=by, details={"places": 1})
    return True


@transaction.atomic
def end_elsewhere(*, here: str | None, by: User) -> int:
    """Sign a person out everywhere but in the session with this key; return of how many places."""
    ended = end_sessions_of(by, but=here)
    record(verb="session.ended", subject=by, by=by, details={"places": ended})
    return ended


def end_sessions_of(person: User, *, but: str | None = None) -> int:
    """Sign a person out everywhere, and return from how many places. Whose a session is, is known when it is read."""
    return _end(
        [
            session.pk
            for session in Session.objects.order_by("pk").iterator()
            if session.pk != but and session.get_decoded().get(SESSION_KEY) == str(person.pk)
        ]
    )


def _end(keys: list[str]) -> int:
    UserSession.objects.filter(session_key__in=keys).delete()
    return Session.objects.filter(pk__in=keys).delete()[0]
