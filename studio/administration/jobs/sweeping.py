"""Doing something to all jobs of a list, however many: step by step, so that no request takes long.

A step goes on after the last job of the one before, by number. What joins the list later is left alone: what is told
beforehand is what is done.
"""

from dataclasses import dataclass, replace

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import QueryDict

from studio.administration.jobs.deeds import Deed, Result, do, money_words
from studio.administration.jobs.filters import Filters, jobs_in
from studio.generation.models import Generation
from studio.kit.parameters import read_id
from studio.people.models import User

STEP = 50


@dataclass(frozen=True, slots=True)
class Told:
    """What all jobs of a list amount to: how many, the number of the last one, what is held for them."""

    total: int
    last: int
    held: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far it has come. `after` is the last job that was looked at; `until` the last that there was."""

    total: int
    until: int
    after: int = 0
    done: int = 0
    refused: int = 0
    refusal: str = ""
    is_over: bool = False

    @classmethod
    def read(cls, posted: QueryDict) -> "Sweep":
        """Read where to go on; what makes no sense counts as nothing."""
        number = {
            name: read_id(posted.get(name)) or 0 for name in ("total", "until", "after", "done", "refused")
        }
        refusal = posted.get("refusal", "").replace("\0", "")[:300]
        return cls(
            number["total"], number["until"], number["after"], number["done"], number["refused"], refusal
        )

    @property
    def share(self) -> int:
        """How much of it is through, in percent."""
        return min(100, round(100 * (self.done + self.refused) / self.total)) if self.total else 100

    @property
    def result(self) -> Result:
        moved_on = max(0, self.total - self.done - self.refused)
        return Result(self.done, moved_on, [self.refusal] * self.refused)


def tell(deed: Deed, filters: Filters) -> Told:
    """Count the jobs of a list to which it can be done, and what is held for them."""
    sums = deed.fitting(jobs_in(filters)).aggregate(
        total=Count("id"),
        last=Max("id"),
        micros=Sum("hold__cost_micros"),
        unpriced=Sum("hold__images", filter=Q(hold__cost_micros__isnull=True)),
    )
    return Told(sums["total"], sums["last"] or 0, money_words(sums["micros"] or 0, sums["unpriced"] or 0))


def step(deed: Deed, filters: Filters, sweep: Sweep, *, by: User) -> Sweep:
    """Do it to the next jobs of the list, and return how far it has come."""
    ids = list(_ahead(deed, filters, sweep).values_list("id", flat=True)[: STEP + 1])
    result = do(deed, ids[:STEP], by=by)
    return replace(
        sweep,
        after=ids[:STEP][-1] if ids else sweep.until,
        done=sweep.done + result.done,
        refused=sweep.refused + len(result.refusals),
        refusal=sweep.refusal or next(iter(result.refusals), ""),
        is_over=len(ids) <= STEP,
    )


def _ahead(deed: Deed, filters: Filters, sweep: Sweep) -> QuerySet[Generation]:
    jobs = deed.fitting(jobs_in(filters)).filter(id__gt=sweep.after, id__lte=sweep.until)
    return jobs.order_by("id")
