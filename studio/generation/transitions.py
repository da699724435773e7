"""The life of a generation: the one table of its transitions, and the one function that makes them.

docs/states.md is drawn from `TABLE` (`manage.py draw_states`), and a test compares both.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django.db import transaction

from studio.generation.events import generation_ended
from studio.generation.models import ENDED, Generation, Status
from studio.live.actions import announce


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed change of status: who makes it, and when."""

    source: Status
    target: Status
    who: str
    when: str


TABLE = (
    Transition(Status.QUEUED, Status.SUBMITTING, "engine", "a submit slot is free; intent is written first"),
    Transition(Status.QUEUED, Status.CANCELLED, "person", "cancelled before it was sent"),
    Transition(Status.QUEUED, Status.UNKNOWN, "restore", "waited in a backup, may have been sent since"),
    Transition(Status.SUBMITTING, Status.RUNNING, "engine", "answered with a task id"),
    Transition(Status.SUBMITTING, Status.FETCHING, "engine", "answered with the images themselves"),
    Transition(Status.SUBMITTING, Status.QUEUED, "engine", "certainly not accepted: goes out later"),
    Transition(Status.SUBMITTING, Status.FAILED, "engine", "refused, or answered without an image"),
    Transition(Status.SUBMITTING, Status.CANCELLED, "engine", "not accepted, and a person asked to cancel"),
    Transition(Status.SUBMITTING, Status.UNKNOWN, "engine", "may have been accepted, or its lease ran out"),
    Transition(Status.UNKNOWN, Status.RUNNING, "person", "checked again: the provider can be asked"),
    Transition(Status.UNKNOWN, Status.QUEUED, "person", "sent again, may be charged twice"),
    Transition(Status.UNKNOWN, Status.FAILED, "person", "discarded, or not charged"),
    Transition(Status.RUNNING, Status.FETCHING, "engine", "ready: the result addresses are stored"),
    Transition(
        Status.RUNNING, Status.FAILED, "engine", "the provider gave up, or completed without an image"
    ),
    Transition(Status.RUNNING, Status.CANCELLED, "engine", "a person asked, and no image came"),
    Transition(
        Status.RUNNING,
        Status.UNKNOWN,
        "engine or person",
        "no answer within our deadline, or its key was stopped",
    ),
    Transition(Status.FETCHING, Status.SUCCEEDED, "engine", "every file that came is stored"),
    Transition(Status.FETCHING, Status.FAILED, "engine", "no file could be fetched or read"),
    Transition(Status.FETCHING, Status.CANCELLED, "engine", "a person asked: images go to the trash"),
)

ALLOWED = {
    target: frozenset(row.source for row in TABLE if row.target == target)
    for target in {row.target for row in TABLE}
}


class Subject(Protocol):
    """What `move` needs to know of a generation."""

    @property
    def id(self) -> int: ...

    @property
    def project_id(self) -> int: ...


def move(
    subject: Subject,
    to: Status,
    *,
    at: datetime,
    sources: Collection[Status] | None = None,
    held_by: str | None = None,
    **fields: Any,
) -> bool:
    """Change a generation's status by compare-and-set, and announce it; call inside a transaction.

    `sources` narrows the statuses it may come from; with `held_by`, only the holder of the lease wins.
    Returns False when somebody else was first: the caller must then drop its result.
    """
    allowed = ALLOWED[to]
    expected = allowed if sources is None else allowed.intersection(sources)
    if not expected:
        raise ValueError(f"no transition to {to} from {sources}")
    rows = Generation.objects.filter(id=subject.id, status__in=expected)
    if held_by is not None:
        rows = rows.filter(lease_owner=held_by)
    if rows.update(status=to, **_ends(to, at), **fields) != 1:
        return False
    announce(project_id=subject.project_id, subject_kind="generation", subject_id=subject.id)
    if to in ENDED:
        # What can't be told leaves what was done as it is.
        transaction.on_commit(partial(generation_ended, subject.id), robust=True)
    return True


def _ends(to: Status, at: datetime) -> dict[str, Any]:
    """Give the fields that follow from the target: an end has its time, and what waits has no holder."""
    free = {"lease_owner": "", "lease_until": None}
    if to in ENDED:
        return {"finished_at": at, "next_action_at": None, **free}
    if to == Status.UNKNOWN:
        return {"next_action_at": None, **free}
    return free if to == Status.QUEUED else {}


def diagram() -> str:
    """Draw the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> queued: person, the form is valid and the hold is written"]
    lines += [f"    {row.source.value} --> {row.target.value}: {row.who}, {row.when}" for row in TABLE]
    lines += [f"    {status.value} --> [*]" for status in ENDED]
    return "\n".join(lines)
