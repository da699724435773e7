"""Rows of the tables of faults: what the provider does, and what must come of it for money, people and provider."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from studio.catalog.models import Provider
from studio.generation.engine.durations import Durations
from studio.generation.engine.slice import run_slice
from studio.generation.models import Generation, Status
from studio.keys.actions import Limits, add_key, resume_key
from studio.keys.models import ApiKey
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry
from tests import checker
from tests.integration.generation.conftest import Engine

# A twentieth, but for the limits of time: what answers has plenty, however busy the machine is.
PACE = replace(
    Durations().scaled(20),
    slice_s=100,
    submit_timeout_s=30,
    synchronous_timeout_s=30,
    poll_timeout_s=30,
    download_deadline_s=30,
    fetch_deadline_s=1,
)
# For what never answers.
IMPATIENT = replace(
    PACE,
    submit_timeout_s=2,
    synchronous_timeout_s=2,
    poll_timeout_s=2,
    run_deadline_s=4,
    download_deadline_s=1,
)


@dataclass(frozen=True)
class Outcome:
    """What must come of a fault: `says` is a part of the sentence, `sent` how often it was submitted,
    `accepted` how often the provider has it, `settled` how many images are paid."""

    status: Status
    hold: HoldState
    says: str = ""
    sent: int = 1
    accepted: int = 1
    images: int = 0
    settled: int = 0

    def but(self, **changes: Any) -> "Outcome":
        return replace(self, **changes)


DONE = Outcome(Status.SUCCEEDED, HoldState.SETTLED, images=1, settled=1)
REFUSED = Outcome(Status.FAILED, HoldState.RELEASED, "Nothing was charged", accepted=0)
FAILED = Outcome(Status.FAILED, HoldState.RELEASED, "not charged")
WAITS = Outcome(Status.QUEUED, HoldState.OPEN, "Nothing was charged", accepted=0)
# Nobody knows: the provider may have it or not, so the hold is kept and a person decides.
UNKNOWN = Outcome(Status.UNKNOWN, HoldState.KEPT, "may have been")
UNKNOWN_UNSENT = UNKNOWN.but(accepted=0)
UNDELIVERED = Outcome(Status.FAILED, HoldState.SETTLED, "may have charged", settled=1)


@dataclass(frozen=True)
class Row:
    """`markers` of docs/sandbox.md, without brackets; `model` is "hub" (asynchronous) or "stream" (synchronous)."""

    markers: str
    outcome: Outcome
    model: str = "hub"

    @property
    def prompt(self) -> str:
        return f"{self.model}, {self.markers} " + "".join(
            f"[sandbox:{word}]" for word in ("slow=1", *self.markers.split())
        )


def rows(markers: str, outcome: Outcome, models: str = "hub stream") -> list[Row]:
    """One row for each fault (separated by " | ") and model."""
    return [Row(one.strip(), outcome, model) for one in markers.split("|") for model in models.split()]


@dataclass
class Table:
    """Runs all rows in one slice, each with a key of its own, so that no key's trouble is another row's."""

    engine: Engine

    def __post_init__(self) -> None:
        host = self.engine.server.host
        Provider.objects.update(base_url=self.engine.server.url, allowed_hosts=[host])

    def queue(self, rows: Iterable[Row]) -> None:
        for number, row in enumerate(rows, start=ApiKey.objects.count()):
            model = self.engine.nano_banana if row.model == "hub" else self.engine.nb2
            self.add_key(f"{number}", places=1, providers=[model.provider])
            self.engine.queue(row.prompt, model=model)

    def add_key(self, name: str, *, places: int, providers: Iterable[Provider] | None = None) -> None:
        """Add a key for these providers (all, if not given) with so many places."""
        for provider in providers or Provider.objects.order_by("id"):
            limits = Limits(places, places)
            add_key(
                provider=provider, label=f"key {name}", secret=f"secret-of-{name}", limits=limits, by=None
            )

    def run(self, pace: Durations = PACE) -> None:
        run_slice(pace)

    def mend(self) -> None:
        """Let everything that waits go out now: the provider's wish is over, the keys are resumed."""
        for key in ApiKey.objects.order_by("id"):
            resume_key(key_id=key.pk)
        Generation.objects.filter(status=Status.QUEUED).update(next_action_at=timezone.now())

    def generation_of(self, row: Row) -> Generation:
        return Generation.objects.get(batch__prompt=row.prompt)

    def key_of(self, row: Row) -> ApiKey:
        """The key with which a row's submission was sent first."""
        sending = self.generation_of(row).timeline.filter(kind="sending")
        return ApiKey.objects.get(label=sending.order_by("id").first().data["key"])

    def check(self, rows: Iterable[Row]) -> None:
        """Compare every row with its outcome; fail with a line for each row and column that differs.

        Then all rows together with the provider's bill: what was charged is settled or held, and nothing else is.
        """
        bill = self.engine.server.bill()
        lines = [line for row in rows for line in self._differences(row, bill)]
        report = checker.check(_query, Path(settings.MEDIA_ROOT), bill)
        assert not lines + report.problems, "\n".join(lines + report.problems)

    def _differences(self, row: Row, bill: dict[str, Any]) -> list[str]:
        generation = self.generation_of(row)
        paid = LedgerEntry.objects.filter(hold_id=generation.hold_id, kind=EntryKind.SETTLED)
        found = Outcome(
            status=Status(generation.status),
            hold=HoldState(Hold.objects.get(id=generation.hold_id).state),
            says=row.outcome.says if row.outcome.says in generation.problem else generation.problem,
            sent=bill["attempts"].get(row.prompt, 0),
            accepted=bill["idempotency"].get(row.prompt, 0),
            images=generation.images.count(),
            settled=sum(entry.images for entry in paid),
        )
        lines = [
            f"{row.model} {row.markers}: {name} is {getattr(found, name)!r}, not {getattr(row.outcome, name)!r}"
            + (f" ({generation.problem})" if name == "status" else "")
            for name in vars(row.outcome)
            if getattr(found, name) != getattr(row.outcome, name)
        ]
        return lines + [f"{row.model} {row.markers}: {line}" for line in _bad_words(generation, row)]


def _query(question: str) -> list[checker.Row]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _bad_words(generation: Generation, row: Row) -> list[str]:
    """What a person reads must be whole sentences, and none where all is well."""
    problem = generation.problem
    if not row.outcome.says:
        return [f"a problem is left: {problem}"] if problem and row.outcome == DONE else []
    return [] if problem.endswith(".") and len(problem) < 400 else [f"no clear sentence: {problem!r}"]
