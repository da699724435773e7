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

from django.db import connection
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from studio.kit.clock import now
from studio.live.models import Change
from studio.people.models import User
from studio.projects.models import Project

# What is told of a person's news; the subject is the person.
NEWS = "notification"
# Longer than any transaction that announces something takes.
SETTLE = timedelta(seconds=10)
# More than this and reloading the cards is cheaper than catching up.
CATCH_UP_LIMIT = 1000
# The first change with a hole behind it, from the newest that has settled on, or else from the first of all.
_CHANGES = Change._meta.db_table
_TOLD_WITHOUT_A_HOLE = f"""COALESCE((
    SELECT told.id FROM {_CHANGES} told
    WHERE NOT EXISTS (SELECT 1 FROM {_CHANGES} following WHERE following.id = told.id + 1)
        AND told.id >= COALESCE(
            (SELECT id FROM {_CHANGES} WHERE at <= %s ORDER BY id DESC LIMIT 1),
            (SELECT id FROM {_CHANGES} ORDER BY id LIMIT 1)
        )
    ORDER BY told.id LIMIT 1
), 0)"""  # noqa: S608  the name of our own table


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
    with connection.cursor() as asked:
        asked.execute(f"SELECT {_TOLD_WITHOUT_A_HOLE}", [_settled_before()])
        found: int = asked.fetchone()[0]
    return found


def cursor_along() -> RawSQL:
    """Return `current_cursor` as a part of another query: of the one that is asked first for a page.

    It is written in SQL: building it from querysets took longer than asking it.
    """
    return RawSQL(_TOLD_WITHOUT_A_HOLE, [_settled_before()], BigIntegerField())  # noqa: S611  a constant


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


def _settled_before() -> str | datetime | None:
    return connection.ops.adapt_datetimefield_value(now() - SETTLE)


def _pass_settled(cursor: int, changes: Iterable[Change], at: datetime) -> int:
    """Move the cursor over the changes as far as nothing can appear behind it any more."""
    for change in changes:
        if change.id != cursor + 1 and change.at > at - SETTLE:
            break
        cursor = change.id
    return cursor
