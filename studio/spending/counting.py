"""Keeps the counters and the figures of usage: what a transaction holds and closes is written once, at its end.

A transaction that touched its counters one hold at a time would lock them in the order of its holds, and two such
transactions would wait for each other. So changes are gathered, and all rows locked in one order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, NamedTuple

from django.db.models import F, QuerySet

from studio.spending.alerts import raise_alerts
from studio.spending.latency import bucket_of
from studio.spending.limits import (
    CounterKey,
    Limit,
    NoPrice,
    OverLimit,
    Unit,
    find_counters,
    key_of,
    read_limits,
)
from studio.spending.models import Counter, Hold, TallyKind, UsageHour, UsageTally
from studio.spending.periods import Period, start_of
from studio.spending.scopes import rows_of, scopes_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a generation ended, for the figures of usage; a `state` of None is a send that is followed by another.

    `seconds` is from sending to the stored images.
    """

    state: Literal["succeeded", "failed", "cancelled"] | None
    key_id: int | None = None
    seconds: float | None = None
    failure: str = ""


class Change(NamedTuple):
    """What is added to a counter."""

    held_images: int = 0
    held_micros: int = 0
    spent_images: int = 0
    spent_micros: int = 0

    def plus(self, other: "Change") -> "Change":
        return Change(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Closing:
    """A hold that was closed, for the figures of usage."""

    hold: Hold
    images: int
    micros: int | None
    outcome: Outcome | None


@dataclass(slots=True)
class Book:
    """What a transaction has done to money so far."""

    changes: defaultdict[CounterKey, Change] = field(default_factory=lambda: defaultdict(Change))
    holds: list[Hold] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)

    def count(self, hold: Hold, change: Change) -> None:
        """Add a change to the twelve counters of a hold."""
        for scope in scopes_of(hold.project_id, hold.user_id):
            for period in Period:
                key = CounterKey(scope, period, start_of(period, hold.day))
                self.changes[key] = self.changes[key].plus(change)

    def add(self, other: "Book") -> None:
        """Take over what a part of the transaction has done."""
        for key, change in other.changes.items():
            self.changes[key] = self.changes[key].plus(change)
        self.holds += other.holds
        self.closings += other.closings


_open: ContextVar[Book | None] = ContextVar("open book", default=None)


@contextmanager
def gathered() -> Iterator[Book]:
    """Gather what happens to money inside, and write it at the end of the outermost of such blocks.

    To be used inside a transaction. A block that raises leaves nothing behind, as its savepoint does. Raises
    OverLimit or NoPrice at the end where a new hold doesn't fit; then everything is rolled back.
    """
    outer, book = _open.get(), Book()
    token = _open.set(book)
    try:
        yield book
    finally:
        _open.reset(token)
    if outer is None:
        _write(book)
    else:
        outer.add(book)


def _write(book: Book) -> None:
    changes = {key: change for key, change in book.changes.items() if any(change)}
    if changes:
        counters = _locked(changes)
        for key, change in changes.items():
            _apply(counters[key], change)
        limits = _limits_of(book.holds, counters)
        _check(book.holds, limits)
        _save(counters, changes)
        if limits:
            raise_alerts(limits, book.holds[-1].day)
    if book.closings:
        _count_usage(book.closings)


def _locked(keys: Iterable[CounterKey]) -> dict[CounterKey, Counter]:
    """Lock the counters, in the order of their ids; those that are missing are made before any is locked."""
    wanted = set(keys)
    if missing := wanted - find_counters(wanted).keys():
        Counter.objects.bulk_create(
            [
                Counter(
                    project_id=key.scope.project_id,
                    user_id=key.scope.user_id,
                    period=key.period,
                    starts_on=key.starts_on,
                )
                for key in sorted(missing, key=_order)
            ],
            ignore_conflicts=True,
        )
    rows = Counter.objects.filter(
        rows_of(key.scope for key in wanted), starts_on__in={key.starts_on for key in wanted}
    )
    return {key_of(counter): counter for counter in rows.order_by("id").select_for_update()}


def _order(key: CounterKey) -> tuple[tuple[int, int], str, int]:
    return key.scope.order, key.period, key.starts_on.toordinal()


def _apply(counter: Counter, change: Change) -> None:
    counter.held_images += change.held_images
    counter.held_micros += change.held_micros
    counter.spent_images += change.spent_images
    counter.spent_micros += change.spent_micros


def _limits_of(holds: list[Hold], counters: dict[CounterKey, Counter]) -> list[Limit]:
    """Return the limits on new holds, of the day in which they were written: it may just have ended."""
    if not holds:
        return []
    scopes = {scope for hold in holds for scope in scopes_of(hold.project_id, hold.user_id)}
    return read_limits(scopes, holds[-1].day, counters)


def _check(holds: list[Hold], limits: list[Limit]) -> None:
    """Refuse where the counters, the new holds among them, are over a limit."""
    if money := [limit for limit in limits if limit.unit == Unit.MONEY]:
        for hold in holds:
            if hold.cost_micros is None:
                raise NoPrice(money[0], hold.model.name if hold.model else "This model")
    over = [limit for limit in limits if limit.used > limit.allowed]
    if over:
        images, micros = sum(hold.images for hold in holds), sum(hold.cost_micros or 0 for hold in holds)
        before = [_before(limit, images, micros) for limit in over]
        raise OverLimit(before, images=images, micros=micros, for_guest=holds[0].user.is_guest)


def _before(limit: Limit, images: int, micros: int) -> Limit:
    """Return the limit as it stands without the holds that were refused."""
    wanted = images if limit.unit == Unit.IMAGES else micros
    return replace(limit, held=max(0, limit.held - wanted))


def _save(counters: dict[CounterKey, Counter], changes: dict[CounterKey, Change]) -> None:
    """Write the changes, equal ones together, and check that every counter was there."""
    alike: defaultdict[Change, list[int]] = defaultdict(list)
    for key, change in changes.items():
        alike[change].append(counters[key].pk)
    for change, ids in alike.items():
        added = {name: F(name) + amount for name, amount in change._asdict().items() if amount}
        if Counter.objects.filter(pk__in=ids).update(**added) != len(ids):
            raise RuntimeError("A counter vanished while it was locked.")


class UsageKey(NamedTuple):
    """Which row of usage: a null model or key is 0, so that keys can be sorted."""

    starts_at: datetime
    day: date
    project_id: int
    user_id: int
    model_id: int
    key_id: int

    def new_hour(self) -> UsageHour:
        """Return the row of this key, which nobody has stored yet."""
        return UsageHour(
            starts_at=self.starts_at,
            day=self.day,
            project_id=self.project_id,
            user_id=self.user_id,
            model_id=self.model_id or None,
            key_id=self.key_id or None,
        )


def _count_usage(closings: list[Closing]) -> None:
    hours = _locked_hours(closings)
    tallies: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    for closing in closings:
        hour = hours[_usage_key(closing)]
        hour.images += closing.images
        hour.spent_micros += closing.micros or 0
        hour.unpriced_images += closing.images if closing.micros is None else 0
        if (outcome := closing.outcome) and outcome.state:
            setattr(hour, outcome.state, getattr(hour, outcome.state) + 1)
            if outcome.state == "succeeded" and outcome.seconds is not None:
                tallies[hour.pk, TallyKind.SECONDS, str(bucket_of(outcome.seconds))] += 1
            if outcome.state == "failed":
                tallies[hour.pk, TallyKind.FAILURE, outcome.failure[:80] or "unknown"] += 1
    figures = ["succeeded", "failed", "cancelled", "images", "spent_micros", "unpriced_images"]
    UsageHour.objects.bulk_update(hours.values(), figures)
    _count_tallies(tallies)


def _locked_hours(closings: list[Closing]) -> dict[UsageKey, UsageHour]:
    wanted = {_usage_key(closing) for closing in closings}
    there = _hours(wanted)
    if missing := wanted - {_key_of_hour(hour) for hour in there.order_by("id")}:
        UsageHour.objects.bulk_create([key.new_hour() for key in sorted(missing)], ignore_conflicts=True)
    found = {_key_of_hour(hour): hour for hour in there.order_by("id").select_for_update()}
    return {key: found[key] for key in wanted}


def _hours(keys: set[UsageKey]) -> QuerySet[UsageHour]:
    return UsageHour.objects.filter(
        starts_at__in={key.starts_at for key in keys},
        project_id__in={key.project_id for key in keys},
        user_id__in={key.user_id for key in keys},
    )


def _usage_key(closing: Closing) -> UsageKey:
    hold, outcome = closing.hold, closing.outcome
    starts_at = hold.created_at.replace(minute=0, second=0, microsecond=0)
    key_id = outcome.key_id if outcome else None
    return UsageKey(starts_at, hold.day, hold.project_id, hold.user_id, hold.model_id or 0, key_id or 0)


def _key_of_hour(hour: UsageHour) -> UsageKey:
    return UsageKey(
        hour.starts_at, hour.day, hour.project_id, hour.user_id, hour.model_id or 0, hour.key_id or 0
    )


def _count_tallies(tallies: dict[tuple[int, str, str], int]) -> None:
    """Add to the tallies. Their hours are locked, so that nobody else adds to them meanwhile."""
    there = {
        (tally.hour_id, tally.kind, tally.name): tally
        for tally in UsageTally.objects.filter(hour__in={hour for hour, _, _ in tallies}).order_by("id")
    }
    for key, count in tallies.items():
        if tally := there.get(key):
            tally.count += count
    UsageTally.objects.bulk_update([there[key] for key in tallies if key in there], ["count"])
    UsageTally.objects.bulk_create(
        UsageTally(hour_id=key[0], kind=key[1], name=key[2], count=count)
        for key, count in tallies.items()
        if key not in there
    )
