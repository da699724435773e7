"""Announcing changes to open pages, and forgetting old announcements."""

from collections.abc import Iterable
from datetime import timedelta

from studio.kit.clock import now
from studio.live.models import Change
from studio.projects.models import Project

# A page that was asleep for longer than this reloads its cards instead of catching up.
KEEP = timedelta(days=1)


def announce(*, project_id: int, subject_kind: str, subject_id: int) -> None:
    """Tell the open pages of a project that something in it changed.

    Call it inside the transaction that makes the change: nobody hears of what was rolled back.
    """
    Change.objects.create(project_id=project_id, subject_kind=subject_kind, subject_id=subject_id)


def announce_many(*, project_id: int, subject_kind: str, subject_ids: Iterable[int]) -> None:
    """Announce several subjects of one project in one statement; the same rule as for `announce`."""
    Change.objects.bulk_create(
        Change(project_id=project_id, subject_kind=subject_kind, subject_id=subject_id)
        for subject_id in subject_ids
    )


def announce_everywhere(*, subject_kind: str, subject_id: int) -> None:
    """Announce what concerns every project; the same rule as for `announce`."""
    projects = Project.objects.open().order_by("id").values_list("id", flat=True)
    Change.objects.bulk_create(
        Change(project_id=project_id, subject_kind=subject_kind, subject_id=subject_id)
        for project_id in projects
    )


def prune_changes() -> int:
    """Delete announcements older than a day, and return how many. The newest stays: it holds the cursor."""
    newest = Change.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        return 0
    return Change.objects.filter(at__lt=now() - KEEP, id__lt=newest).delete()[0]
