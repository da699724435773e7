"""The figures at the head of a usage page, each against the span before."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.administration.usage.plots import spark
from studio.kit.money import rounded_dollars
from studio.spending.usage import Figures, Times

SAME = "As before"
MANY = 10


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure with its unit, how it stands against the span before (`tone` up is good), a note, and a small line."""

    name: str
    value: str
    unit: str = ""
    change: str = ""
    tone: str = ""
    note: str = ""
    line: str = ""

    @property
    def is_changed(self) -> bool:
        return self.change not in ("", SAME)


def kpis(
    now: Figures, before: Figures, times: Times, times_before: Times, held: str, days: Sequence[Figures]
) -> list[Kpi]:
    """Return the five figures; `days` are those of each day or hour in turn."""
    return [
        Kpi(
            "Spend",
            rounded_dollars(now.spent_micros),
            change=_percent(now.spent_micros, before.spent_micros),
            note=held,
            line=spark([day.spent_micros for day in days]),
        ),
        Kpi(
            "Images",
            f"{now.images:,}",
            change=_percent(now.images, before.images),
            line=spark([day.images for day in days]),
        ),
        Kpi("Cost per image", _cost(now), change=_percent(now.image_micros or 0, before.image_micros or 0)),
        _success(now, before, days),
        _time(times, times_before),
    ]


def _cost(figures: Figures) -> str:
    return "–" if figures.image_micros is None else f"${figures.image_micros / 1_000_000:.3f}"


def _success(now: Figures, before: Figures, days: Sequence[Figures]) -> Kpi:
    rate, rate_before = now.success_rate, before.success_rate
    if rate is None:
        return Kpi("Success rate", "–")
    change, tone = "", ""
    if rate_before is not None:
        points = round(100 * (rate - rate_before), 1)
        change = f"{_signed(points, 1)} points" if points else SAME
        tone = "up" if points > 0 else "down" if points < 0 else ""
    rates = [day.success_rate for day in days if day.success_rate is not None]
    return Kpi("Success rate", f"{100 * rate:.1f}", "%", change, tone, f"{now.failed:,} failed", spark(rates))


def _time(times: Times, before: Times) -> Kpi:
    if times.median_s is None or times.p95_s is None:
        return Kpi("Median time", "–")
    change, tone = "", ""
    if before.median_s is not None:
        seconds = times.median_s - before.median_s
        is_same = abs(seconds) < 0.05
        change = SAME if is_same else f"{_signed(seconds, 1)} s"
        tone = "" if is_same else "down" if seconds > 0 else "up"
    return Kpi("Median time", f"{times.median_s:.1f}", "s", change, tone, f"95 % within {times.p95_s:.0f} s")


def _percent(now: float, before: float) -> str:
    """Write a change in percent, a large one as a factor; nothing where there is nothing to compare with."""
    if not before:
        return ""
    if now >= MANY * before:
        return f"{now / before:,.0f} ×"
    percent = round(100 * (now - before) / before)
    return f"{_signed(percent, 0)} %" if percent else SAME


def _signed(value: float, places: int) -> str:
    return f"{'+' if value > 0 else '−'}{abs(value):,.{places}f}"
