"""How much more somebody is offered to ask for at a limit, and until when: round amounts, near days."""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from studio.kit.money import MICROS, dollars, read_dollars, ungrouped
from studio.spending.limits import Unit
from studio.spending.periods import Period

MOST_IMAGES = 10**9
OFFERED = 3
_STEPS = (1, 2.5, 5)
_FRIDAY = 4


class End(NamedTuple):
    """A day until which more is asked for, as the choice names it and as a sentence goes on: "until Friday"."""

    day: date
    label: str
    until: str


def amounts_for(unit: Unit, lacking: int) -> list[int]:
    """Return three round amounts, of which the least is enough for what is lacking: $5, $10, $25."""
    one, least = (MICROS, 5) if unit == Unit.MONEY else (1, 10)
    steps = (int(step * 10**power) for power in range(1, 12) for step in _STEPS)
    enough = [
        step * one for step in (least, *(step for step in steps if step > least)) if step * one >= lacking
    ]
    return enough[:OFFERED]


def ends_for(period: Period, today: date) -> tuple[list[End], End]:
    """Return the days to choose from, and the one that is meant without a word."""
    friday = today + timedelta(days=(_FRIDAY - today.weekday() - 1) % 7 + 1)
    last = today.replace(day=monthrange(today.year, today.month)[1])
    ends = [
        End(today, "Today", "the end of today"),
        End(friday, "Friday", "Friday"),
        End(last, "Month", f"the end of {last:%B}"),
    ]
    # On the last day of a month, or with a Friday that ends it, two of these are the same.
    offered = list({end.day: end for end in reversed(ends)}.values())
    offered.sort(key=lambda end: end.day)
    usual = {Period.DAY: today, Period.MONTH: min(friday, last), Period.TOTAL: friday}[period]
    return offered, next(end for end in offered if end.day == usual)


def read_amount(unit: str, text: str) -> int:
    """Read what was typed in a limit's unit: "7.50" or "40". Raises ValueError with a sentence."""
    if unit == Unit.MONEY:
        return read_dollars(text)
    plain = ungrouped(text.strip())
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 12 or int(plain) > MOST_IMAGES:
        raise ValueError("A whole number of images.")
    return int(plain)


def write_amount(unit: str, amount: int) -> str:
    """Write an amount as `read_amount` takes it, without its unit: "7.50", "40"."""
    if unit != Unit.MONEY:
        return str(amount)
    return dollars(amount).removeprefix("$").replace(",", "").removesuffix(".00")


def until_words(day: date, today: date) -> str:
    """Say until when: "Friday" within a week, else the date."""
    if day == today:
        return "the end of today"
    if timedelta(0) < day - today < timedelta(days=7):
        return f"{day:%A}"
    return f"{day.day} {day:%B}"
