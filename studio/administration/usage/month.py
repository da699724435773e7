"""The month that runs: what is spent so far, what that leads to, and the limit it is held to."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from django.utils import timezone

from studio.administration.usage import plots
from studio.administration.usage.asked import Asked
from studio.administration.usage.tables import Line, Table
from studio.kit.money import MICROS, axis_dollars, rounded_dollars
from studio.spending.limits import Unit, read_limits
from studio.spending.periods import Period, reset_of, start_of
from studio.spending.usage import Span, Wanted, spent_by_day

PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Month:
    """`sentence` says in words what the plot shows; `is_over` that the forecast is above the budget."""

    title: str
    sentence: str
    is_over: bool
    wide: plots.LinePlot
    narrow: plots.LinePlot
    table: Table


def month_of(wanted: Wanted, asked: Asked, list_url: str) -> Month:
    """Add up the month day by day, and go on at the pace of the last seven whole days."""
    today = timezone.localdate()
    first = start_of(Period.MONTH, today)
    after = reset_of(Period.MONTH, today) or today
    spent = spent_by_day(wanted, Span(min(first, today - timedelta(days=PACE_DAYS)), today))
    days = [first + timedelta(days=n) for n in range((after - first).days)]
    sums = list(accumulate(spent.get(day, 0) for day in days if day <= today))
    expected = forecast(sums[-1], _pace(spent, today), (after - today).days - 1)
    budget = _budget(wanted)
    names = [f"{day.day} {day:%b}" for day in days]

    def draw(size: plots.Size) -> plots.LinePlot:
        label = f"Limit {rounded_dollars(budget)}" if budget else ""
        return plots.line_plot(
            sums, expected, len(days), size, axis_dollars, names=names, level=budget, level_label=label
        )

    lines = [
        Line(
            name,
            f"{list_url}{asked.on_days(day, day)}",
            (rounded_dollars(spent.get(day, 0)), rounded_dollars(so_far)),
        )
        for name, day, so_far in zip(names, days, sums, strict=False)
    ]
    title = f"{today:%B}, added up"
    return Month(
        title=title,
        sentence=_sentence(sums[-1], expected, budget, after),
        is_over=budget is not None and expected > budget,
        wide=draw(plots.WIDE),
        narrow=draw(plots.NARROW),
        table=Table(title, "Day", ("Spent", "So far"), lines),
    )


def forecast(spent: int, pace: float, days_left: int) -> int:
    """Return what a month ends at, in micro-dollars, with so much spent and so many whole days left."""
    return spent + round(pace * days_left)


def _pace(spent: dict[date, int], today: date) -> float:
    """The average of the last seven whole days, a week's end among them."""
    return sum(spent.get(today - timedelta(days=back), 0) for back in range(1, PACE_DAYS + 1)) / PACE_DAYS


def _budget(wanted: Wanted) -> int | None:
    if wanted.scope is None:
        return None
    limits = read_limits([wanted.scope])
    found = [one.allowed for one in limits if one.period == Period.MONTH and one.unit == Unit.MONEY]
    return found[0] if found else None


def _sentence(spent: int, expected: int, budget: int | None, after: date) -> str:
    last = after - timedelta(days=1)
    text = f"{rounded_dollars(spent)} so far, about {rounded_dollars(_rounded(expected))} by {last.day} {last:%B}"
    if budget is None:
        return f"{text}."
    if expected <= budget:
        return f"{text}: within the limit of {rounded_dollars(budget)}."
    return (
        f"{text}: {rounded_dollars(_rounded(expected - budget))} over the limit of {rounded_dollars(budget)}."
    )


def _rounded(micros: int) -> int:
    """A forecast isn't known to the cent."""
    return round(micros / MICROS) * MICROS if micros >= 10 * MICROS else micros
