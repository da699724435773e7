"""The bars of a usage page: an hour, day or week each, stacked by the entries of the model picker."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from studio.administration.usage import plots
from studio.administration.usage.asked import Asked, moments_of
from studio.administration.usage.names import Models
from studio.administration.usage.tables import Line
from studio.kit.money import axis_dollars
from studio.spending.usage import Figures, Wanted, sum_by_day, sum_by_hour

When = date | datetime
EntryId = int | None


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the plot."""

    name: str
    colour: int


@dataclass(frozen=True)
class Bars:
    """The figures of a span, by when and by entry, and how they are drawn; each bar leads to `list_url`."""

    asked: Asked
    models: Models
    list_url: str
    cells: Mapping[tuple[When, EntryId], Figures]

    @cached_property
    def entries(self) -> list[tuple[EntryId, int]]:
        """The entries with what they add up to, the largest first."""
        sums: defaultdict[EntryId, int] = defaultdict(int)
        for (_, entry_id), figures in self.cells.items():
            sums[entry_id] += self.asked.measured(figures)
        return sorted(sums.items(), key=lambda one: (-one[1], one[0] or 0))

    @cached_property
    def series(self) -> list[Series]:
        shown = [Series(self.models.name(entry_id), place + 1) for place, entry_id in enumerate(self._shown)]
        return [*shown, Series("Other", plots.OTHER)] if self._has_others else shown

    @cached_property
    def groups(self) -> dict[When, dict[EntryId, Figures]]:
        """The figures of each hour, day or week of the span, the empty ones too."""
        groups: dict[When, dict[EntryId, Figures]] = {start: {} for start in _starts(self.asked)}
        for (when, entry_id), figures in self.cells.items():
            group = groups.get(_start_of(self.asked, when))
            if group is not None:
                group[entry_id] = group.get(entry_id, Figures()).plus(figures)
        return groups

    @cached_property
    def columns(self) -> list[plots.Column]:
        return [self._column(start, group) for start, group in self.groups.items()]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                column.name,
                column.href,
                [self.asked.write(int(value)) for value in (*column.values, sum(column.values))],
            )
            for column in self.columns
            if any(column.values)
        ]

    @property
    def total(self) -> Figures:
        return summed(self.cells.values())

    @property
    def totals(self) -> list[Figures]:
        """What each hour, day or week adds up to."""
        return [summed(group.values()) for group in self.groups.values()]

    def plot(self, size: plots.Size) -> plots.BarPlot:
        write, least = (axis_dollars, 0) if self.asked.measure == "spend" else (_axis_count, 1)
        return plots.bar_plot(self.columns, size, write, least=least)

    @cached_property
    def _shown(self) -> list[EntryId]:
        """The entries with a colour of their own; without any of what is looked at there is nothing to draw."""
        return [entry_id for entry_id, value in self.entries[: plots.MOST_COLOURS] if value]

    @cached_property
    def _has_others(self) -> bool:
        return any(value for _, value in self.entries[plots.MOST_COLOURS :])

    def _column(self, start: When, group: Mapping[EntryId, Figures]) -> plots.Column:
        asked, shown = self.asked, self._shown
        values = [asked.measured(group.get(entry_id, Figures())) for entry_id in shown]
        if self._has_others:
            values.append(sum(asked.measured(one) for entry, one in group.items() if entry not in shown))
        label, name, query = _bucket_words(asked, start)
        pairs = zip(self.series, values, strict=True)
        told = [f"{series.name}: {asked.write(value)}" for series, value in pairs if value]
        title = "\n".join([f"{name}: {asked.write(sum(values))}", *told])
        return plots.Column(label, name, values, title, f"{self.list_url}{query}")


def read_bars(asked: Asked, wanted: Wanted, models: Models, list_url: str) -> Bars:
    """Read the figures by hour or day, and by the entry of the picker: twins count as one."""
    read: Mapping[Any, Figures] = (
        sum_by_hour(wanted, asked.span) if asked.bucket == "hour" else sum_by_day(wanted, asked.span)
    )
    cells: defaultdict[tuple[When, EntryId], Figures] = defaultdict(Figures)
    for (when, model_id), figures in read.items():
        key = (when, models.entry(model_id))
        cells[key] = cells[key].plus(figures)
    return Bars(asked, models, list_url, dict(cells))


def summed(figures: Iterable[Figures]) -> Figures:
    """Add figures up."""
    total = Figures()
    for each in figures:
        total = total.plus(each)
    return total


def _axis_count(images: float) -> str:
    return f"{images:,.0f}"


def _starts(asked: Asked) -> list[When]:
    if asked.bucket == "hour":
        since, until = moments_of(asked.span)
        return [since + timedelta(hours=n) for n in range(round((until - since) / timedelta(hours=1)))]
    step = 7 if asked.bucket == "week" else 1
    return [asked.span.first + timedelta(days=n) for n in range(0, asked.span.days, step)]


def _start_of(asked: Asked, when: When) -> When:
    if asked.bucket != "week" or isinstance(when, datetime):
        return when
    return when - timedelta(days=(when - asked.span.first).days % 7)


def _bucket_words(asked: Asked, start: When) -> tuple[str, str, str]:
    """Return what a bar is called on the axis and in words, and the query of what it stands for."""
    if isinstance(start, datetime):
        local = timezone.localtime(start)
        return f"{local:%H:%M}", f"{local.day} {local:%B}, {local:%H:%M}", asked.in_hour(start)
    last = min(start + timedelta(days=6), asked.span.last) if asked.bucket == "week" else start
    name = f"{start.day} {start:%B}" + (f" – {last.day} {last:%B}" if last != start else "")
    return f"{start.day} {start:%b}", name, asked.on_days(start, last)
