"""Moments that are remembered for the whole installation: the last of each kind."""

from datetime import datetime

from studio.generation.models import NotedMoment

# The disk was seen without room for what would come.
FULL = "full"
# `/readyz` wrote to the database.
READY = "readyz"
# By the clock, the machine's own count of seconds began, which nobody can set.
COUNT_BEGAN = "count-began"


def note_moment(name: str, at: datetime) -> None:
    """Remember that it happened."""
    if not NotedMoment.objects.filter(name=name).update(at=at):
        NotedMoment.objects.get_or_create(name=name, defaults={"at": at})


def noted_at(name: str) -> datetime | None:
    """Return when it last happened; None when it never has."""
    return NotedMoment.objects.filter(name=name).values_list("at", flat=True).first()
