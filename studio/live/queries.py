"""Reading announcements: what came after a cursor, and where the cursor stands now.

A cursor is the id of a Change up to which everything has been told. Databases hand out ids before they
commit, so a lower id may become visible after a higher one. A hole in the ids therefore holds the cursor
back for `SETTLE`; what lies behind the hole is told at once, and told again until the cursor has passed it.
Telling twice is harmless: whoever hears of a change asks for the thing's present state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TypedDict

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from studio.kit.clock import now
from studio.live.models import Change
from studio.people.models import User
from studio.projects.models import Project

# Longer than any transaction that announces something takes.
SETTLE = timedelta(seconds=10)
# More than this and reloading the cards is cheaper than catching up.
CATCH_UP_LIMIT = 1000


class Told(TypedDict):
    """Changes of one kind in one project, as a page reads them."""

    project: int
    kind: str
    ids: list[int]


@dataclass(frozen=True, slots=True)
class News:
    """What came after a cursor. `is_reset`: the past is gone, so reload instead of catching up."""

    cursor: int
    changes: Sequence[Change] = ()
    is_reset: bool = False


def current_cursor() -> int:
    """Return the cursor for a page that is being made. Read it before what the page shows."""
    return _told_without_a_hole().values_list("id", flat=True).first() or 0


def cursor_along() -> Coalesce:
    """Return `current_cursor` as a part of another query: of the one that is asked first for a page."""
    return Coalesce(Subquery(_told_without_a_hole().values("id")[:1]), 0)


def changes_after(cursor: int) -> News:
    """Read what came after a cursor, or say that it is too old, or of another database."""
    ids = Change.objects.order_by("id").values_list("id", flat=True)
    if cursor > (ids.last() or 0) or cursor < (ids.first() or 0) - 1:
        return News(current_cursor(), is_reset=True)
    changes = list(Change.objects.filter(id__gt=cursor).order_by("id")[: CATCH_UP_LIMIT + 1])
    if len(changes) > CATCH_UP_LIMIT:
        return News(current_cursor(), is_reset=True)
    return News(_pass_settled(cursor, changes, now()), changes)


def new_changes(cursor: int) -> News:
    """Read what came after a cursor that is known to be fresh: one query, for the tail."""
    changes = list(Change.objects.filter(id__gt=cursor).order_by("id")[:CATCH_UP_LIMIT])
    return News(_pass_settled(cursor, changes, now()), changes)


def visible_projects(user_id: int) -> frozenset[int] | None:
    """Return the projects that a person may see; None when the person may no longer see anything."""
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        return None
    return frozenset(Project.objects.visible_to(user).order_by("id").values_list("id", flat=True))


def told(changes: Iterable[Change]) -> list[Told]:
    """Group changes by project and kind, each id once."""
    place = attrgetter("project_id", "subject_kind")
    return [
        {"project": project, "kind": kind, "ids": sorted({change.subject_id for change in group})}
        for (project, kind), group in groupby(sorted(changes, key=place), key=place)
    ]


def _told_without_a_hole() -> QuerySet[Change]:
    """Changes with a hole behind them, from the newest that has settled on, or else from the first of all.

    The first of these is the cursor.
    """
    settled = Change.objects.filter(at__lte=now() - SETTLE).order_by("-id").values("id")[:1]
    first = Change.objects.order_by("id").values("id")[:1]
    following = Change.objects.filter(id=OuterRef("id") + 1)
    since = Coalesce(Subquery(settled), Subquery(first))
    return Change.objects.filter(~Exists(following), id__gte=since).order_by("id")


def _pass_settled(cursor: int, changes: Iterable[Change], at: datetime) -> int:
    """Move the cursor over the changes as far as nothing can appear behind it any more."""
    for change in changes:
        if change.id != cursor + 1 and change.at > at - SETTLE:
            break
        cursor = change.id
    return cursor
