"""Reading a person's notifications."""

from django.db.models import Q, QuerySet

from studio.notifying.models import Notification
from studio.people.models import User
from studio.projects.models import Project

# Beyond this nobody counts.
MOST_COUNTED = 99


def notifications_of(person: User) -> QuerySet[Notification]:
    """Return what a person was told, the newest first. What is of a project that they see no more isn't told."""
    is_seen = Q(project=None) | Q(project__in=Project.objects.visible_to(person).order_by("id"))
    told = Notification.objects.filter(is_seen, person=person)
    return told.select_related("project", "actor").order_by("-id")


def unread_words(person: User) -> str:
    """Return how many a person hasn't read: empty, "7" or "99+"."""
    unread = notifications_of(person).filter(read_at=None).order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if unread > MOST_COUNTED else str(unread or "")
