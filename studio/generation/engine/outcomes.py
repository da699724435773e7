"""What the engine writes when something has happened: status, timeline, money and images, each in one transaction.

Every function returns whether the row was still ours; False means that the result must be dropped.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from studio.generation import events
from studio.generation.models import Generation, Image, Status
from studio.generation.timeline import Polls, cost_of, note, waited_for
from studio.generation.transitions import move
from studio.kit.fault_points import reach
from studio.kit.images import ImageFacts
from studio.providers.types import Problem
from studio.spending import actions as spending
from studio.spending.counting import Outcome

THUMBNAIL_WIDTH = 640
UNDELIVERED = "undelivered"
NOT_CHARGED = "not charged"
NOTHING_DELIVERED = "charged, nothing delivered"


class Held(Protocol):
    """What the outcomes need to know of a generation in hand."""

    @property
    def id(self) -> int: ...

    @property
    def project_id(self) -> int: ...

    @property
    def hold_id(self) -> int: ...

    @property
    def images_asked(self) -> int: ...

    @property
    def key_id(self) -> int | None: ...

    @property
    def submitted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A result file in its final place, with its 640 px thumbnail beside it. `sha256` is of the bytes kept."""

    name: str
    facts: ImageFacts
    size_bytes: int
    sha256: str


def has_task(held: Held, task_id: str) -> bool:
    """Tell whether another generation has this task of the same provider: two can't have the same images."""
    others = Generation.objects.filter(task_id=task_id, model__provider__keys=held.key_id)
    return others.exclude(id=held.id).exists()


def accepted(held: Held, owner: str, at: datetime, *, task_id: str, deadline_at: datetime) -> bool:
    """The provider took the work under this task id."""
    moved = move(
        held, Status.RUNNING, at=at, held_by=owner, sources=(Status.SUBMITTING,), task_id=task_id,
        deadline_at=deadline_at, next_action_at=at,
    )  # fmt: skip
    if moved:
        note(held.id, "accepted", at, task_id=task_id)
        reach("task.written")
    return moved


def requeued(
    held: Held, owner: str, at: datetime, *, problem: Problem, wait_s: float, attempt: int | None = None
) -> bool:
    """The provider certainly has not accepted it: it goes out later, or ends if a person asked to cancel.

    `attempt` is how many were really made, where this one never came to the provider.
    """
    if _is_cancel_requested(held):
        return _cancelled_without_charge(held, owner, at, problem)
    corrected = {} if attempt is None else {"attempt": attempt}
    moved = move(
        held, Status.QUEUED, at=at, held_by=owner, sources=(Status.SUBMITTING,), key_id=None, submitted_at=None,
        next_action_at=at + timedelta(seconds=wait_s), **corrected, **_words(problem),
    )  # fmt: skip
    if moved:
        until = at + timedelta(seconds=wait_s)
        note(held.id, "requeued", at, reason=problem.sentence, until=until.isoformat())
    return moved


def refused(held: Held, owner: str, at: datetime, *, problem: Problem) -> bool:
    """The provider said no to this request: nothing was charged."""
    if not move(held, Status.FAILED, at=at, held_by=owner, sources=(Status.SUBMITTING,), **_words(problem)):
        return False
    note(held.id, "refused", at, reason=problem.code or problem.sentence)
    _release(held, at, _failed(held, problem.code))
    return True


def maybe_accepted(
    held: Held,
    owner: str | None,
    at: datetime,
    *,
    problem: Problem,
    sources: Collection[Status] | None = None,
    polls: Polls | None = None,
) -> bool:
    """Nobody knows whether the provider has it: the hold is kept until it is decided."""
    if not move(held, Status.UNKNOWN, at=at, held_by=owner, sources=sources, **_words(problem)):
        return False
    note(held.id, "unknown", at, reason=problem.sentence, **_asked(polls))
    if spending.keep(held.hold_id, reason="outcome unknown"):
        note(held.id, "kept", at, images=held.images_asked)
    return True


def key_stopped(held: Held, at: datetime) -> bool:
    """The key that it was sent with was stopped by a person, so it can't be asked for any more. Lock the row first."""
    sentence = (
        "The key that this was sent with was stopped before the provider was done, so its outcome isn't known. "
        "It may have been charged."
    )
    problem = Problem(sentence, code="key_stopped")
    return maybe_accepted(held, None, at, problem=problem, sources=(Status.RUNNING,))


def lost_in_submission(held: Held, at: datetime) -> bool:
    """The slice that was sending it died: its lease ran out in the middle of the submission. Lock the row first."""
    sentence = (
        "Studio stopped while this was being sent, so it isn't known whether the provider got it. "
        "It may have been charged."
    )
    problem = Problem(sentence, code="lost_in_submission")
    return maybe_accepted(held, None, at, problem=problem, sources=(Status.SUBMITTING,))


def lost_with_backup(held: Held, at: datetime) -> bool:
    """It waited when a backup was made that is now restored: nobody knows whether it was sent after that."""
    sentence = (
        "Restored from a backup, in which this waited. It may have been sent, and charged, after the backup was made. "
        "Nothing was sent since."
    )
    problem = Problem(sentence, code="restored")
    if not maybe_accepted(held, None, at, problem=problem, sources=(Status.QUEUED,)):
        return False
    note(held.id, "restored", at)
    return True


def ready(
    held: Held,
    owner: str,
    at: datetime,
    *,
    files: Sequence[Mapping[str, str]],
    text: str,
    polls: Polls | None = None,
    waited: str = "",
) -> bool:
    """The work is done: the result addresses are stored, since they expire. Without any, it has failed."""
    if not files:
        return _nothing_made(held, owner, at, text)
    moved = move(
        held, Status.FETCHING, at=at, held_by=owner, sources=(Status.SUBMITTING, Status.RUNNING), ready_at=at,
        result_files=list(files), result_text=text, next_action_at=at, problem="", problem_code="", problem_words="",
    )  # fmt: skip
    if moved:
        note(held.id, "ready", at, images=len(files), **_asked(polls), **waited_for(waited))
        reach("ready.written")
        return True
    # A commit whose answer was lost comes twice: then it is so already.
    row = Generation.objects.filter(id=held.id, status=Status.FETCHING, lease_owner=owner).first()
    return row is not None and row.result_files == list(files)


def provider_failed(
    held: Held,
    owner: str,
    at: datetime,
    *,
    problem: Problem,
    is_charged: bool,
    polls: Polls | None = None,
) -> bool:
    """The provider gave the task up."""
    to = Status.CANCELLED if _is_cancel_requested(held) else Status.FAILED
    if not move(held, to, at=at, held_by=owner, sources=(Status.RUNNING,), **_words(problem)):
        return False
    note(held.id, "failed", at, reason=problem.code or problem.sentence, **_asked(polls))
    outcome = _cancelled(held) if to == Status.CANCELLED else _failed(held, problem.code)
    if is_charged:
        _settle(held, at, outcome, images=held.images_asked, reason=NOTHING_DELIVERED)
    else:
        _release(held, at, outcome)
    return True


def stored(
    held: Held,
    owner: str,
    at: datetime,
    *,
    files: Sequence[StoredFile],
    made: int,
    problem: str,
    waited: str = "",
) -> list[int]:
    """Every file that could be fetched is in its place: image rows, status and settlement together.

    `made` is how many files the provider says that it made: that is what it charges. Returns the ids of the
    images, an empty list when the row was no longer ours.
    """
    row = Generation.objects.select_for_update(of=("self",)).select_related("model").get(id=held.id)
    is_cancelled = row.cancel_requested_at is not None
    to = Status.CANCELLED if is_cancelled else Status.SUCCEEDED
    if not move(held, to, at=at, held_by=owner, sources=(Status.FETCHING,), problem=problem):
        # A commit whose answer was lost comes twice: then the images are there already.
        there = Image.objects.filter(generation=row, file__in=[file.name for file in files])
        return list(there.order_by("position").values_list("id", flat=True))
    images = Image.objects.bulk_create(
        Image(
            generation=row,
            project_id=row.project_id,
            author_id=row.author_id,
            model_id=row.model.entry_id,
            position=position,
            file=file.name,
            thumbnail_widths=[THUMBNAIL_WIDTH],
            format=file.facts.format,
            width=file.facts.width,
            height=file.facts.height,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            deleted_at=at if is_cancelled else None,
        )
        for position, file in enumerate(files)
    )
    image_ids = [image.id for image in images]
    events.images_added(image_ids)
    size_bytes = sum(file.size_bytes for file in files)
    note(held.id, "stored", at, images=len(images), size_bytes=size_bytes, **waited_for(waited))
    seconds = (at - held.submitted_at).total_seconds() if held.submitted_at else None
    outcome = _cancelled(held) if is_cancelled else Outcome("succeeded", held.key_id, seconds)
    reach("rows.written")
    _settle(held, at, outcome, images=made)
    reach("settlement.written")
    return image_ids


def undelivered(held: Held, owner: str, at: datetime, *, sentence: str, made: int) -> bool:
    """The provider completed the work, but no file of it could be fetched or read: charged, nothing delivered."""
    moved = move(
        held, Status.FAILED, at=at, held_by=owner, sources=(Status.FETCHING,), problem=sentence, problem_code=UNDELIVERED
    )  # fmt: skip
    if moved:
        note(held.id, "failed", at, reason=sentence)
        _settle(held, at, _failed(held, UNDELIVERED), images=made, reason=NOTHING_DELIVERED)
    return moved


def _nothing_made(held: Held, owner: str, at: datetime, text: str) -> bool:
    sentence = "The provider finished without an image. It may have charged for it."
    if text:
        sentence = "The provider answered in words instead of an image. It may have charged for it."
    moved = move(
        held, Status.FAILED, at=at, held_by=owner, sources=(Status.SUBMITTING, Status.RUNNING), ready_at=at,
        result_text=text, problem=sentence, problem_code="no_image", problem_words=text,
    )  # fmt: skip
    if moved:
        note(held.id, "failed", at, reason="completed without an image")
        _settle(held, at, _failed(held, "no_image"), images=held.images_asked, reason=NOTHING_DELIVERED)
    return moved


def _cancelled_without_charge(held: Held, owner: str, at: datetime, problem: Problem) -> bool:
    moved = move(
        held, Status.CANCELLED, at=at, held_by=owner, sources=(Status.SUBMITTING,), **_words(problem)
    )
    if moved:
        note(held.id, "cancelled", at, reason="not accepted by the provider")
        _release(held, at, _cancelled(held))
    return moved


def _is_cancel_requested(held: Held) -> bool:
    """Lock the row: a wish that comes in this moment is either seen here or refused there."""
    row = Generation.objects.select_for_update().only("cancel_requested_at").get(id=held.id)
    return row.cancel_requested_at is not None


def _failed(held: Held, code: str) -> Outcome:
    return Outcome("failed", held.key_id, failure=code)


def _cancelled(held: Held) -> Outcome:
    return Outcome("cancelled", held.key_id)


def _release(held: Held, at: datetime, outcome: Outcome) -> None:
    if spending.release(held.hold_id, reason=NOT_CHARGED, outcome=outcome):
        note(held.id, "released", at, images=held.images_asked, reason=NOT_CHARGED)


def _settle(held: Held, at: datetime, outcome: Outcome, *, images: int, reason: str = "") -> None:
    entry = spending.settle(held.hold_id, images=images, reason=reason, outcome=outcome)
    if entry:
        note(held.id, "settled", at, images=images, reason=reason, **cost_of(entry.cost_micros))


def _asked(polls: Polls | None) -> dict[str, Any]:
    return polls.data if polls else {}


def _words(problem: Problem) -> dict[str, Any]:
    return {
        "problem": problem.sentence[:500],
        "problem_code": problem.code[:80],
        "problem_words": problem.words[:4000],
    }
