"""What may still be spent: quotas and grants beside what their counters say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import models
from django.db.models import F
from django.db.models.expressions import OrderBy

from studio.kit import clock
from studio.kit.clock import team_today
from studio.kit.errors import Conflict
from studio.kit.money import dollars, rounded_dollars
from studio.people.models import User
from studio.spending.models import Counter, Grant, Quota
from studio.spending.periods import Period, reset_of, start_of
from studio.spending.scopes import TEAM, Scope, rows_of


class Unit(models.TextChoices):
    IMAGES = "images", "Images"
    MONEY = "money", "Money"


def amount_of(unit: str, value: int) -> str:
    """Write an amount with its unit: "$5", "40 images"."""
    if unit == Unit.MONEY:
        return rounded_dollars(value)
    return f"{value:,} image" + "s" * (value != 1)


class CounterKey(NamedTuple):
    """Which counter: whose, and of which day, month or all time."""

    scope: Scope
    period: Period
    starts_on: date


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it stands now, in images or micro-dollars. `granted` comes on top of the quota for a while."""

    quota_id: int
    scope: Scope
    period: Period
    unit: Unit
    quota: int
    granted: int
    held: int
    spent: int
    resets_on: date | None

    @property
    def allowed(self) -> int:
        return self.quota + self.granted

    @property
    def used(self) -> int:
        return self.held + self.spent

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    @property
    def share(self) -> float:
        """How much of it is used, 0 to 1 and more where it was lowered."""
        return self.used / self.allowed if self.allowed else 1.0

    @property
    def percent(self) -> int:
        """How much of it is used, for a meter: 0 to 100."""
        return min(100, round(100 * self.share))

    @property
    def tone(self) -> str:
        """The colour of its meter."""
        return "bad" if self.percent >= 100 else "warn" if self.percent >= 80 else "ink"

    @property
    def used_bare(self) -> str:
        """Write what is used of it, images without their unit: it is said with what is allowed."""
        return self.amount(self.used) if self.unit == Unit.MONEY else f"{self.used:,}"

    @property
    def used_of_allowed(self) -> str:
        return f"{self.used_bare} of {self.amount(self.allowed)}"

    @property
    def standing(self) -> str:
        """Say how it stands: "$30 spent, $1.60 held, $18.40 left"."""
        granted = f", {self.amount(self.granted)} granted on top" if self.granted else ""
        return f"{self.amount(self.spent)} spent, {self.amount(self.held)} held, {self.amount(self.left)} left{granted}"

    def lacks(self, images: int, micros: int) -> int:
        """Return how much more it would have to allow for a press of so much; 0 where it fits."""
        wanted = images if self.unit == Unit.IMAGES else micros
        return max(0, self.used + wanted - self.allowed)

    def amount(self, value: int) -> str:
        """Write so much of it with its unit."""
        return amount_of(self.unit, value)


class OverLimit(Conflict):
    """A press of the button doesn't fit into one or several limits; `limits` are those, the widest first.

    With `for_guest` it doesn't say how the team's limit stands.
    """

    def __init__(self, limits: list[Limit], *, images: int, micros: int, for_guest: bool = False) -> None:
        self.limits, self.images, self.micros = limits, images, micros
        first = limits[0]
        if for_guest and first.scope == TEAM:
            super().__init__(f"{_named(first)} doesn’t leave enough for this. An admin can raise it.")
        else:
            super().__init__(_refusal(first, images if first.unit == Unit.IMAGES else micros))


class NoPrice(Conflict):
    """Money is limited here, and nobody has said what the model costs."""

    def __init__(self, limit: Limit, model: str) -> None:
        super().__init__(
            f"{model} has no price for this input, and {owner_of(limit.scope)} limit is in money. "
            "An admin can set the price."
        )


def owner_of(scope: Scope) -> str:
    """Say whose a limit is, to the person who presses: "your", "the team’s"."""
    if scope == TEAM:
        return "the team’s"
    return "this project’s" if scope.user_id is None else "your"


def name_of(limit: Limit) -> str:
    """Name a limit as its reader knows it: "your monthly limit in this project"."""
    period = {Period.DAY: "daily", Period.MONTH: "monthly", Period.TOTAL: "total"}[limit.period]
    here = " in this project" if limit.scope.project_id and limit.scope.user_id else ""
    return f"{owner_of(limit.scope)} {period} limit{here}"


def shown_to(user: User, limits: Iterable[Limit]) -> list[Limit]:
    """Keep the limits of which this person reads how they stand: guests learn nothing of the team's costs."""
    return [limit for limit in limits if not (user.is_guest and limit.scope == TEAM)]


def read_limits(
    scopes: Iterable[Scope],
    day: date | None = None,
    counters: Mapping[CounterKey, Counter] | None = None,
) -> list[Limit]:
    """Return the limits of these scopes on a day (today), the widest first.

    `counters` are those at hand, else they are read.
    """
    quotas = list(Quota.objects.filter(rows_of(scopes)).order_by(*widest_first()))
    if not quotas:
        return []
    day = day or team_today()
    if counters is None:
        counters = find_counters(_key(quota, day) for quota in quotas)
    granted = _granted(quotas, clock.now())
    return [
        limit for quota in quotas for limit in _limits(quota, day, counters.get(_key(quota, day)), granted)
    ]


def widest_first() -> tuple[OrderBy | str, ...]:
    """Return the order of quotas in which the team's come first, and those of a person in a project last."""
    return F("project").asc(nulls_first=True), F("user").asc(nulls_first=True), "id"


def _limits(
    quota: Quota, day: date, counter: Counter | None, granted: Mapping[tuple[Scope, str], tuple[int, int]]
) -> list[Limit]:
    """Return the limits that a quota sets: in images, in money, or both."""
    scope, period = _scope(quota), Period(quota.period)
    more_images, more_micros = granted.get((scope, period), (0, 0))
    counter = counter or Counter()
    in_units = (
        (Unit.IMAGES, quota.max_images, more_images, counter.held_images, counter.spent_images),
        (Unit.MONEY, quota.max_micros, more_micros, counter.held_micros, counter.spent_micros),
    )
    return [
        Limit(quota.pk, scope, period, unit, most, more, held, spent, reset_of(period, day))
        for unit, most, more, held, spent in in_units
        if most is not None
    ]


def _granted(quotas: Iterable[Quota], now: datetime) -> dict[tuple[Scope, str], tuple[int, int]]:
    """Sum the grants in force by scope and period, as (images, micro-dollars)."""
    grants = Grant.objects.filter(
        rows_of(_scope(quota) for quota in quotas), ends_at__gt=now, revoked_at__isnull=True
    )
    sums: dict[tuple[Scope, str], tuple[int, int]] = {}
    for grant in grants.order_by("id"):
        key = (_scope(grant), grant.period)
        images, micros = sums.get(key, (0, 0))
        sums[key] = (images + grant.images, micros + grant.micros)
    return sums


def find_counters(keys: Iterable[CounterKey]) -> dict[CounterKey, Counter]:
    """Return the counters that there are, by key."""
    wanted = set(keys)
    rows = Counter.objects.filter(
        rows_of(key.scope for key in wanted), starts_on__in={key.starts_on for key in wanted}
    )
    found = {key_of(counter): counter for counter in rows.order_by("id")}
    return {key: counter for key, counter in found.items() if key in wanted}


def key_of(counter: Counter) -> CounterKey:
    return CounterKey(_scope(counter), Period(counter.period), counter.starts_on)


def _key(quota: Quota, day: date) -> CounterKey:
    period = Period(quota.period)
    return CounterKey(_scope(quota), period, start_of(period, day))


def _scope(row: Quota | Counter | Grant) -> Scope:
    return Scope(row.project_id, row.user_id)


def _named(limit: Limit) -> str:
    name = name_of(limit)
    return f"{name[0].upper()}{name[1:]}"


def _refusal(limit: Limit, wanted: int) -> str:
    makes = f"this makes {wanted:,}" if limit.unit == Unit.IMAGES else f"this costs {dollars(wanted)}"
    left = f"{limit.left:,}" if limit.unit == Unit.IMAGES else dollars(limit.left)
    sentence = f"{_named(limit)} of {limit.amount(limit.allowed)} leaves {left}, and {makes}."
    if limit.resets_on:
        sentence += f" It resets on {limit.resets_on.day} {limit.resets_on:%B}."
    return f"{sentence} An admin can raise it."
