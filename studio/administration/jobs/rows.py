"""Jobs as the lists show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from studio.administration.jobs.deeds import DEEDS, Deed, held_words
from studio.generation.models import Generation, Status
from studio.generation.presenters import UNREADABLE, excerpt, first_sentence
from studio.generation.receipt import seconds
from studio.generation.usual import Usual, usual_times_lately
from studio.keys.queries import can_be_read
from studio.kit import clock
from studio.spending.models import HoldState

TONES = {Status.FETCHING: "ok", Status.RUNNING: "acc", Status.SUBMITTING: "acc", Status.UNKNOWN: "warn"}


@dataclass(frozen=True, slots=True)
class Age:
    """How old a job is: `share` of the bar, and where on it stands what is usual for the model, in percent."""

    words: str
    share: int = 0
    usual: int | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    generation: Generation
    title: str
    problem: str
    tone: str
    key: str
    age: Age
    money: str
    deeds: list[Deed]
    retried_as: int | None


def rows_of(jobs: QuerySet[Generation] | Sequence[Generation]) -> list[JobRow]:
    """Return the rows of these jobs; what is usual is read once for all."""
    now = clock.now()
    pending = {(job.model_id, job.pace) for job in jobs if job.is_pending}
    usual = usual_times_lately(pending)
    return [_row(job, usual.get((job.model_id, job.pace)), now) for job in jobs]


def with_names(jobs: QuerySet[Generation]) -> QuerySet[Generation]:
    """Read along what a row names."""
    related = ("batch", "project", "author", "model__provider", "key", "hold", "retried_as")
    return jobs.select_related(*related).defer("batch__input")


def _row(job: Generation, usual: Usual | None, now: datetime) -> JobRow:
    status = Status(job.status)
    return JobRow(
        generation=job,
        title=excerpt(job.batch.prompt),
        problem=_problem(job),
        tone=TONES.get(status, "bad" if status == Status.FAILED else ""),
        key=str(job.key) if job.key else "",
        age=_age(job, usual, now),
        money=_money(job),
        deeds=[deed for deed in DEEDS.values() if deed.fits(job)],
        retried_as=_retry_of(job),
    )


def _retry_of(job: Generation) -> int | None:
    """Return the generation that repeats this one."""
    again: Generation | None = getattr(job, "retried_as", None)
    return again.pk if again else None


def _problem(job: Generation) -> str:
    if job.status == Status.RUNNING and job.key and not can_be_read(job.key):
        return UNREADABLE
    return first_sentence(job.problem)


def _money(job: Generation) -> str:
    """Say what became of the money, in the words of the ledger."""
    if job.hold.state == HoldState.RELEASED:
        return "Not charged"
    return f"{held_words([job])} {'charged' if job.hold.state == HoldState.SETTLED else 'held'}"


def _age(job: Generation, usual: Usual | None, now: datetime) -> Age:
    since = job.finished_at or (job.submitted_at if job.status != Status.QUEUED else None) or job.created_at
    age_s = max(0.0, (now - since).total_seconds())
    words = f"{seconds(age_s)} ago" if job.finished_at else seconds(age_s)
    if usual is None or not job.is_pending or job.status == Status.QUEUED:
        return Age(words)
    # As long as twice the usual time, so that its mark stands in the middle.
    whole_s = max(2 * usual.p50_s, 0.1)
    return Age(words, min(100, round(100 * age_s / whole_s)), 50, age_s > usual.p90_s)
