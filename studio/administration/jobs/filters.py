"""Which jobs are looked at: read from the address, and written into it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode

from studio.generation.models import Generation, Status
from studio.kit.parameters import read_id

IN_FLIGHT = (Status.SUBMITTING, Status.RUNNING, Status.FETCHING)


class State(StrEnum):
    """The four lists, in the order in which they need somebody."""

    UNKNOWN = "unknown"
    FLIGHT = "flight"
    QUEUED = "queued"
    FAILED = "failed"


STATUSES = {
    State.UNKNOWN: (Status.UNKNOWN,),
    State.FLIGHT: IN_FLIGHT,
    State.QUEUED: (Status.QUEUED,),
    State.FAILED: (Status.FAILED,),
}
HEADINGS = {
    State.UNKNOWN: "Waiting for a decision",
    State.FLIGHT: "In flight",
    State.QUEUED: "Queued",
    State.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """One list (`state`; None: the overview), and what it is narrowed down to.

    What failed and was retried is taken care of: it is listed only `with_retried`.
    """

    state: State | None = None
    project: int | None = None
    person: int | None = None
    cause: str = ""
    with_retried: bool = False

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """Read the filters of an address; what makes no sense is left out."""
        state = query.get("state", "")
        return cls(
            state=State(state) if state in list(State) else None,
            project=read_id(query.get("project")),
            person=read_id(query.get("person")),
            cause=query.get("cause", "").replace("\0", "")[:500],
            with_retried=query.get("retried") == "1",
        )

    @property
    def query(self) -> str:
        """Write them as an address has them: state=failed&cause=timeout."""
        return urlencode({name: value for name, value in self._named() if value})

    def _named(self) -> Iterator[tuple[str, str | int]]:
        yield "state", self.state or ""
        yield "project", self.project or ""
        yield "person", self.person or ""
        yield "cause", self.cause
        yield "retried", int(self.with_retried)


def jobs_in(filters: Filters) -> QuerySet[Generation]:
    """Return the jobs of a list in its order: what waits the longest first; of the failed ones, the latest."""
    statuses = STATUSES[filters.state] if filters.state else ()
    jobs = Generation.objects.filter(status__in=statuses) if len(statuses) != 1 else _of(statuses[0])
    if filters.state == State.FAILED and not filters.with_retried:
        jobs = jobs.filter(retried_as__isnull=True)
    if filters.project:
        jobs = jobs.filter(project=filters.project)
    if filters.person:
        jobs = jobs.filter(author=filters.person)
    if filters.cause:
        jobs = jobs.filter(Q(problem_code=filters.cause) | Q(problem_code="", problem=filters.cause))
    return jobs.order_by("-finished_at", "-id") if filters.state == State.FAILED else jobs.order_by("id")


def page_after(
    jobs: QuerySet[Generation], filters: Filters, after: int | None, size: int
) -> list[Generation]:
    """Return a page of a list, and one more if there are more; `after` is the last job of the page before."""
    if after and filters.state == State.FAILED:
        last = Generation.objects.filter(pk=after, finished_at__isnull=False).first()
        if last:
            earlier = Q(finished_at__lt=last.finished_at) | Q(finished_at=last.finished_at, id__lt=after)
            jobs = jobs.filter(earlier)
    elif after:
        jobs = jobs.filter(id__gt=after)
    return list(jobs[: size + 1])


def _of(status: Status) -> QuerySet[Generation]:
    """Jobs of one status; said as its index has them, where those that go on have no end."""
    jobs = Generation.objects.filter(status=status)
    return jobs if status == Status.FAILED else jobs.filter(finished_at__isnull=True)
