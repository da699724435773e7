"""What was spent, made and failed in a span of days: read from the figures of usage, never from generations."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from studio.spending.latency import percentile
from studio.spending.limits import CounterKey, find_counters
from studio.spending.models import TallyKind, UsageHour, UsageTally
from studio.spending.periods import EVER, Period
from studio.spending.scopes import Scope

SUMS = ("succeeded", "failed", "cancelled", "images", "spent_micros", "unpriced_images")


@dataclass(frozen=True, slots=True)
class Span:
    """The team's days from `first` to `last`, both included; of these, where given, the hours from `since` to `until`."""

    first: date
    last: date
    since: datetime | None = None
    until: datetime | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> "Span":
        """Return the span of the same length that ends where this one begins."""
        if self.since and self.until:
            length = self.until - self.since
            days = timedelta(days=max(1, length.days))
            return Span(self.first - days, self.last, self.since - length, self.since)
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


UNNAMED = 0
"""Stands among the ids of models for none: what is older than prices names no model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose usage: None is everybody's and everything's. `model_ids` are those of one entry of the picker."""

    project_id: int | None = None
    user_id: int | None = None
    model_ids: tuple[int, ...] = ()
    provider_id: int | None = None
    key_id: int | None = None

    @property
    def scope(self) -> Scope | None:
        """The scope of limits that is meant; None where they know nothing of what is asked for."""
        if self.model_ids or self.provider_id or self.key_id:
            return None
        return Scope(self.project_id, self.user_id)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some hours add up to. `unpriced_images` are among the images, but not in the money."""

    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    images: int = 0
    spent_micros: int = 0
    unpriced_images: int = 0

    def plus(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in SUMS))

    @property
    def generations(self) -> int:
        return self.succeeded + self.failed + self.cancelled

    @property
    def success_rate(self) -> float | None:
        """The share of what was not cancelled, 0 to 1; None without any."""
        decided = self.succeeded + self.failed
        return self.succeeded / decided if decided else None

    @property
    def image_micros(self) -> int | None:
        """What an image with a price cost on average."""
        priced = self.images - self.unpriced_images
        return round(self.spent_micros / priced) if priced > 0 else None


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from sending to the stored images: half of them within, nineteen of twenty within; None without any."""

    median_s: float | None
    p95_s: float | None


def of_models(ids: Collection[int], path: str = "model") -> Q:
    """Return the condition for what was made with one of these models; UNNAMED stands for what names none."""
    condition = Q(**{f"{path}__in": ids})
    return condition | Q(**{f"{path}__isnull": True}) if UNNAMED in ids else condition


def hours_of(wanted: Wanted, span: Span) -> QuerySet[UsageHour]:
    """Return the rows that are asked for, without an order."""
    hours = UsageHour.objects.filter(day__gte=span.first, day__lte=span.last)
    if span.since:
        hours = hours.filter(starts_at__gte=span.since)
    if span.until:
        hours = hours.filter(starts_at__lt=span.until)
    chosen = {"project": wanted.project_id, "user": wanted.user_id, "key": wanted.key_id}
    chosen["model__provider"] = wanted.provider_id
    hours = hours.filter(**{name: value for name, value in chosen.items() if value is not None})
    if wanted.model_ids:
        hours = hours.filter(of_models(wanted.model_ids))
    return hours.order_by()


def sum_by_day(wanted: Wanted, span: Span) -> dict[tuple[date, int | None], Figures]:
    """Add up by day and model; the model is None in what is older than prices."""
    rows = hours_of(wanted, span).values_list("day", "model_id").annotate(*map(Sum, SUMS))
    return {(day, model_id): Figures(*sums) for day, model_id, *sums in rows}


def sum_by_hour(wanted: Wanted, span: Span) -> dict[tuple[datetime, int | None], Figures]:
    """Add up by hour (its beginning, in UTC) and model."""
    rows = hours_of(wanted, span).values_list("starts_at", "model_id").annotate(*map(Sum, SUMS))
    return {(starts_at, model_id): Figures(*sums) for starts_at, model_id, *sums in rows}


def count_by_hour(wanted: Wanted, span: Span) -> Iterator[tuple[datetime, int]]:
    """Yield each hour in which there was any (its beginning, in UTC) with its images."""
    yield from hours_of(wanted, span).values_list("starts_at").annotate(Sum("images"))


def sum_by(field: str, wanted: Wanted, span: Span) -> dict[int, Figures]:
    """Add up by "project" or "user", the most expensive first."""
    rows = hours_of(wanted, span).values_list(f"{field}_id").annotate(*map(Sum, SUMS))
    found = {pk: Figures(*sums) for pk, *sums in rows}
    return dict(sorted(found.items(), key=lambda one: (-one[1].spent_micros, -one[1].images, one[0])))


def sum_all(wanted: Wanted, span: Span) -> Figures:
    sums = hours_of(wanted, span).aggregate(**{name: Sum(name, default=0) for name in SUMS})
    return Figures(**sums)


def times_of(wanted: Wanted, span: Span) -> Times:
    return tallies_of(wanted, span, [TallyKind.SECONDS])[0]


def tallies_of(
    wanted: Wanted, span: Span, kinds: Collection[TallyKind] = tuple(TallyKind)
) -> tuple[Times, dict[str, int]]:
    """Return the times, and how often something failed for each reason, the most frequent first."""
    counts: dict[int, int] = {}
    failures: dict[str, int] = {}
    tallies = UsageTally.objects.filter(kind__in=kinds, hour__in=hours_of(wanted, span).values("pk"))
    for kind, name, count in tallies.order_by().values_list("kind", "name").annotate(Sum("count")):
        if kind == TallyKind.SECONDS:
            counts[int(name)] = count
        else:
            failures[name] = count
    ranked = sorted(failures.items(), key=lambda one: (-one[1], one[0]))
    return Times(percentile(counts, 0.5), percentile(counts, 0.95)), dict(ranked)


def held_now(wanted: Wanted) -> tuple[int, int] | None:
    """Return the images and micro-dollars that are held now; None where counters don't tell them apart."""
    if wanted.scope is None:
        return None
    key = CounterKey(wanted.scope, Period.TOTAL, EVER)
    counter = find_counters([key]).get(key)
    return (counter.held_images, counter.held_micros) if counter else (0, 0)


def spent_by_day(wanted: Wanted, span: Span) -> dict[date, int]:
    """Return the micro-dollars of each day on which there were any."""
    return dict(hours_of(wanted, span).values_list("day").annotate(Sum("spent_micros")))
