"""What admins do to jobs, one or many: told first, with its consequence for money, then done to each by itself.

Every job is its own transaction by compare-and-set, as from its card: what has moved on meanwhile stays as it is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from studio.generation import actions
from studio.generation.models import Generation, Status
from studio.generation.policies import CANCELLABLE, RETRYABLE
from studio.kit.errors import Conflict, StudioError
from studio.kit.money import dollars
from studio.people.models import User
from studio.spending.limits import NoPrice, OverLimit

# Each is a transaction of its own, and somebody waits for the answer.
MOST_AT_ONCE = 200


class Act(Protocol):
    """One of the generation room's actions."""

    def __call__(self, *, generation: Generation, by: User) -> object: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done to a job. `consequence` says it of money that is held, such as "$0.70"."""

    slug: str
    label: str
    icon: str
    statuses: Collection[Status]
    act: Act
    consequence: Callable[[str], str]
    is_danger: bool = False
    # Its value says that it was done already, and once is enough.
    mark: str = ""
    needs_task: bool = False

    def fitting(self, jobs: QuerySet[Generation]) -> QuerySet[Generation]:
        """Return those to which it can be done as they stand."""
        jobs = jobs.filter(status__in=self.statuses)
        if self.needs_task:
            jobs = jobs.exclude(task_id="")
        return jobs.filter(**{f"{self.mark}__isnull": True}) if self.mark else jobs

    def fits(self, job: Generation) -> bool:
        """Tell the same of one job, as it was read."""
        return (
            job.status in self.statuses
            and (bool(job.task_id) or not self.needs_task)
            and not (self.mark and getattr(job, self.mark, None))
        )


@dataclass(frozen=True, slots=True)
class Result:
    """How many it was done to, how many had moved on, and the sentences of those that were refused."""

    done: int
    moved_on: int
    refusals: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """Say it: 3 of 5 done; 2 had moved on."""
        total = self.done + self.moved_on + len(self.refusals)
        parts = [f"{self.done:,} of {total:,} done" if total > 1 else "Done" if self.done else "Not done"]
        if self.moved_on:
            parts.append(f"{self.moved_on:,} had moved on" if total > 1 else "it had moved on")
        if self.refusals:
            parts.append(f"{len(self.refusals):,} refused: {self.refusals[0].rstrip('.')}")
        return "; ".join(parts) + "."


DEEDS: Mapping[str, Deed] = {
    deed.slug: deed
    for deed in (
        Deed(
            "check",
            "Check again",
            "refresh-cw",
            (Status.UNKNOWN,),
            actions.check_again,
            lambda held: f"The provider is asked again, which is free. {held} held until it answers.",
            needs_task=True,
        ),
        Deed(
            "send-again",
            "Send again",
            "send",
            (Status.UNKNOWN,),
            actions.send_again,
            lambda held: (
                f"A new request for each. The first ones count as charged, {held}; the new ones are held at today’s "
                "prices, on your limits. Where the provider had accepted the first one, both are charged."
            ),
        ),
        Deed(
            "discard",
            "Discard",
            "trash-2",
            (Status.UNKNOWN,),
            actions.discard,
            lambda held: f"Each is given up and counts as charged: {held} held becomes spent.",
            is_danger=True,
        ),
        Deed(
            "not-charged",
            "Not charged",
            "circle-check",
            (Status.UNKNOWN,),
            actions.mark_not_charged,
            lambda held: (
                f"Each is given up and costs nothing: {held} held is released. Do this only when the provider’s own "
                "bill shows that it didn’t charge them."
            ),
        ),
        Deed(
            "cancel",
            "Cancel",
            "x",
            CANCELLABLE,
            actions.cancel,
            lambda held: (
                f"{held} held. What still waits is not sent, and its part is released. What has been sent already "
                "can’t be stopped: it is charged as the provider says, and its images go to the trash."
            ),
            mark="cancel_requested_at",
        ),
        Deed(
            "retry",
            "Retry",
            "rotate-cw",
            RETRYABLE,
            actions.retry,
            lambda held: (
                "The same input is queued once more for each, as new batches of yours: held at today’s prices, on "
                f"your limits. Their first tries held {held}."
            ),
            mark="retried_as",
        ),
    )
}


def held_words(jobs: Sequence[Generation]) -> str:
    """Write what is held for these: "$0.70", "3 images", or both where some have no price."""
    micros = sum(job.hold.cost_micros or 0 for job in jobs)
    return money_words(micros, sum(job.hold.images for job in jobs if job.hold.cost_micros is None))


def money_words(micros: int, unpriced: int) -> str:
    """Write an amount, and the images that have no price."""
    images = f"{unpriced:,} image{'' if unpriced == 1 else 's'}"
    if not unpriced:
        return dollars(micros)
    return f"{dollars(micros)} and {images} without a price" if micros else images


def do(deed: Deed, job_ids: Collection[int], *, by: User) -> Result:
    """Do it to each of these jobs, the oldest first."""
    jobs = Generation.objects.filter(id__in=list(job_ids)[:MOST_AT_ONCE]).select_related(
        "batch__model__schema", "batch__project", "batch__author", "project", "author", "hold", "retried_as"
    )
    done, refusals = 0, []
    listed = list(jobs.order_by("id"))
    for job in listed:
        if not deed.fits(job):
            continue
        try:
            deed.act(generation=job, by=by)
        except (OverLimit, NoPrice) as refusal:
            refusals.append(refusal.sentence)
        except Conflict:
            continue
        except StudioError as refusal:
            refusals.append(refusal.sentence)
        else:
            done += 1
    return Result(done, len(listed) - done - len(refusals), refusals)
