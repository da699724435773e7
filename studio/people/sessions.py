"""The sessions of a person: where they are signed in."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from studio.people.models import User


def end_sessions_of(person: User) -> int:
    """Sign a person out everywhere, and return from how many places. Whose a session is, is known when it is read."""
    ended = [
        session.pk
        for session in Session.objects.order_by("pk").iterator()
        if session.get_decoded().get(SESSION_KEY) == str(person.pk)
    ]
    return Session.objects.filter(pk__in=ended).delete()[0]
