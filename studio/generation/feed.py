"""Which batches the feed shows."""

from enum import StrEnum

from django.db.models import QuerySet

from studio.generation.models import Batch, Favourite
from studio.people.models import User
from studio.projects.models import Project


class Feed(StrEnum):
    """All batches, those that the reader sent, or those with an image that the reader marked."""

    ALL = "all"
    MINE = "mine"
    STARRED = "starred"

    @classmethod
    def read(cls, text: str | None) -> "Feed":
        """Read it from an address; what makes no sense is all."""
        return next((feed for feed in cls if feed == text), cls.ALL)

    @property
    def query(self) -> str:
        """What an address says of it; empty for all."""
        return "" if self is Feed.ALL else f"show={self}"


def batches_in(feed: Feed, project: Project, reader: User) -> QuerySet[Batch]:
    """Return the batches of a project that a feed shows to a person, newest first."""
    batches = Batch.objects.filter(project=project).order_by("-id")
    if feed is Feed.MINE:
        return batches.filter(author=reader)
    if feed is Feed.STARRED:
        marks = Favourite.objects.filter(project=project, person=reader, image__deleted_at__isnull=True)
        return batches.filter(id__in=marks.order_by().values("image__generation__batch"))
    return batches
