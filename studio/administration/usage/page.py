"""Puts a usage page together: what its template draws, from the figures of usage and the names beside them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from studio.administration.usage import plots
from studio.administration.usage.asked import FILTERS, PERIOD_LABELS, Asked, moments_of, words_of
from studio.administration.usage.figures import Kpi, kpis
from studio.administration.usage.listing import Sought, reason_words
from studio.administration.usage.month import Month, month_of
from studio.administration.usage.names import Facet, Models, facets_of, wanted_by
from studio.generation.models import Status
from studio.kit.money import axis_dollars, rounded_dollars
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.limits import Limit, Unit, read_limits
from studio.spending.periods import Period
from studio.spending.scopes import Scope
from studio.spending.usage import (
    Figures,
    Wanted,
    count_by_hour,
    held_now,
    sum_all,
    sum_by,
    sum_by_day,
    sum_by_hour,
    tallies_of,
    times_of,
)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_PEOPLE, MOST_BARS = 12, 8
Key = date | datetime


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the plot."""

    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table beside the plot: its name, where it leads, and a value for each series, then their sum."""

    name: str
    href: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class WeekLine:
    day: str
    hour: int
    images: str
    href: str


@dataclass(frozen=True, slots=True)
class Way:
    """A choice among a few, each a link."""

    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A model, project, reason or person with its part: `share` of the largest, in percent."""

    name: str
    href: str
    value: str
    share: int
    colour: int = 0
    person: User | None = None
    images: str = ""
    limit: Limit | None = None

    @property
    def used(self) -> int:
        return min(100, round(100 * self.limit.share)) if self.limit else 0

    @property
    def tone(self) -> str:
        """The colour of the limit's meter."""
        return "bad" if self.used >= 100 else "warn" if self.used >= 80 else "ink"

    @property
    def limit_words(self) -> str:
        if self.limit is None:
            return ""
        return f"{self.limit.amount(self.limit.used)} of {self.limit.amount(self.limit.allowed)}"


@dataclass(frozen=True, slots=True)
class UsagePage:
    asked: Asked
    title: str
    facets: list[Facet]
    kpis: list[Kpi]
    unpriced: int
    is_empty: bool
    series: list[Series]
    wide: plots.BarPlot
    narrow: plots.BarPlot
    lines: list[Line]
    by_model: list[Row]
    by_project: list[Row]
    by_person: list[Row]
    reasons: list[Row]
    week: plots.WeekPlot
    week_lines: list[WeekLine]
    month: Month
    is_own: bool

    @property
    def query(self) -> str:
        return self.asked.query()

    @property
    def periods(self) -> list[Way]:
        return [
            Way(label, self.asked.query({"period": period}), period == self.asked.period)
            for period, label in PERIOD_LABELS.items()
        ]

    @property
    def measures(self) -> list[Way]:
        return [
            Way(label, self.asked.query({"show": show}), self.asked.measure == (show or "spend"))
            for label, show in (("Spend", None), ("Images", "images"))
        ]

    @property
    def clear_query(self) -> str:
        """The query without filters; empty where there is none to clear."""
        names = [name for name in FILTERS if not (self.is_own and name == "user")]
        is_set = any(getattr(self.asked, name) for name in names)
        return self.asked.query(dict.fromkeys(names)) if is_set else ""

    @property
    def longest_query(self) -> str:
        return self.asked.query({"period": "90d"})

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """What a form for other days has to send along."""
        kept = {name: getattr(self.asked, name) for name in FILTERS}
        kept["show"] = "images" if self.asked.measure == "images" else None
        return [(name, str(value)) for name, value in kept.items() if value]

    @property
    def plot_title(self) -> str:
        what = "Spend" if self.asked.measure == "spend" else "Images"
        return f"{what} by {self.asked.bucket} and model, {self.title}"

    @property
    def unpriced_words(self) -> str:
        return "1 image" if self.unpriced == 1 else f"{self.unpriced:,} images"


def build_page(asked: Asked, list_url: str, *, is_own: bool) -> UsagePage:
    """Read and arrange all that a usage page shows; bars lead to `list_url` with what they stand for."""
    models = Models()
    wanted = wanted_by(asked, models)
    cells = _cells(asked, wanted, models)
    total = _sum(cells.values())
    entries = _ranked(asked, cells)
    columns = _columns(asked, cells, entries, models, list_url)
    write = axis_dollars if asked.measure == "spend" else _axis_count
    least = 0 if asked.measure == "spend" else 1
    before = asked.span.before()
    times, failures = tallies_of(wanted, asked.span)
    facets = facets_of(asked, models, is_own=is_own)
    hours = _by_weekday(wanted, asked)
    return UsagePage(
        asked=asked,
        title=_title(asked, facets),
        facets=facets,
        kpis=kpis(
            total,
            sum_all(wanted, before),
            times,
            times_of(wanted, before),
            _held(wanted),
            [_sum(group.values()) for group in _by_bucket(asked, cells).values()],
        ),
        unpriced=total.unpriced_images,
        is_empty=not total.generations and not total.images,
        series=_series(entries, models),
        wide=plots.bar_plot(columns, plots.WIDE, write, least=least),
        narrow=plots.bar_plot(columns, plots.NARROW, write, least=least),
        lines=_lines(asked, columns),
        by_model=_model_rows(asked, cells, entries, models, list_url),
        by_project=_project_rows(asked, wanted, list_url),
        by_person=[] if is_own else _person_rows(asked, wanted, list_url),
        reasons=_reason_rows(asked, failures, list_url),
        week=_week(asked, hours, list_url),
        week_lines=_week_lines(asked, hours, list_url),
        month=month_of(wanted, asked, list_url),
        is_own=is_own,
    )


def _cells(asked: Asked, wanted: Wanted, models: Models) -> dict[tuple[Key, int | None], Figures]:
    """Return the figures by hour or day, and by the entry of the picker: twins count as one."""
    read: Mapping[Any, Figures] = (
        sum_by_hour(wanted, asked.span) if asked.bucket == "hour" else sum_by_day(wanted, asked.span)
    )
    cells: defaultdict[tuple[Key, int | None], Figures] = defaultdict(Figures)
    for (when, model_id), figures in read.items():
        key = (when, models.entry(model_id))
        cells[key] = cells[key].plus(figures)
    return dict(cells)


def _sum(figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for each in figures:
        total = total.plus(each)
    return total


def _measured(asked: Asked, figures: Figures) -> int:
    return figures.spent_micros if asked.measure == "spend" else figures.images


def _write(asked: Asked, value: int) -> str:
    return rounded_dollars(value) if asked.measure == "spend" else f"{value:,}"


def _axis_count(images: float) -> str:
    return f"{images:,.0f}"


def _ranked(asked: Asked, cells: Mapping[tuple[Key, int | None], Figures]) -> list[tuple[int | None, int]]:
    """Return the entries with what they add up to, the largest first."""
    sums: defaultdict[int | None, int] = defaultdict(int)
    for (_, entry_id), figures in cells.items():
        sums[entry_id] += _measured(asked, figures)
    return sorted(sums.items(), key=lambda one: (-one[1], one[0] or 0))


def _series(entries: Sequence[tuple[int | None, int]], models: Models) -> list[Series]:
    shown = [
        Series(models.name(entry_id), place + 1)
        for place, (entry_id, value) in enumerate(entries[: plots.MOST_COLOURS])
        if value
    ]
    return [*shown, Series("Other", plots.OTHER)] if len(entries) > plots.MOST_COLOURS else shown


def _by_bucket(
    asked: Asked, cells: Mapping[tuple[Key, int | None], Figures]
) -> dict[Key, dict[int | None, Figures]]:
    """Return the figures of each hour, day or week of the span, the empty ones too."""
    groups: dict[Key, dict[int | None, Figures]] = {start: {} for start in _starts(asked)}
    for (when, entry_id), figures in cells.items():
        group = groups.get(_start_of(asked, when))
        if group is not None:
            group[entry_id] = group.get(entry_id, Figures()).plus(figures)
    return groups


def _starts(asked: Asked) -> list[Key]:
    if asked.bucket == "hour":
        since, until = moments_of(asked.span)
        return [since + timedelta(hours=n) for n in range(round((until - since) / timedelta(hours=1)))]
    step = 7 if asked.bucket == "week" else 1
    return [asked.span.first + timedelta(days=n) for n in range(0, asked.span.days, step)]


def _start_of(asked: Asked, when: Key) -> Key:
    if asked.bucket != "week" or isinstance(when, datetime):
        return when
    return when - timedelta(days=(when - asked.span.first).days % 7)


def _columns(
    asked: Asked,
    cells: Mapping[tuple[Key, int | None], Figures],
    entries: Sequence[tuple[int | None, int]],
    models: Models,
    list_url: str,
) -> list[plots.Column]:
    shown = [entry_id for entry_id, _ in entries[: plots.MOST_COLOURS]]
    names = [each.name for each in _series(entries, models)]
    columns = []
    for start, group in _by_bucket(asked, cells).items():
        values = [_measured(asked, group.get(entry_id, Figures())) for entry_id in shown]
        rest = sum(_measured(asked, figures) for entry, figures in group.items() if entry not in shown)
        values = [*values, rest] if len(entries) > plots.MOST_COLOURS else values
        label, name, query = _bucket_words(asked, start)
        told = [
            f"{series}: {_write(asked, value)}" for series, value in zip(names, values, strict=False) if value
        ]
        title = "\n".join([f"{name}: {_write(asked, sum(values))}", *told])
        columns.append(plots.Column(label, name, values, title, f"{list_url}{query}"))
    return columns


def _bucket_words(asked: Asked, start: Key) -> tuple[str, str, str]:
    """Return what a bar is called on the axis and in words, and the query of what it stands for."""
    if isinstance(start, datetime):
        local = timezone.localtime(start)
        query = asked.on_days(local.date(), local.date(), {"hour": local.hour})
        return f"{local:%H}:00", f"{local.day} {local:%B}, {local:%H}:00", query
    last = min(start + timedelta(days=6), asked.span.last) if asked.bucket == "week" else start
    name = f"{start.day} {start:%B}" + (f" – {last.day} {last:%B}" if last != start else "")
    return f"{start.day} {start:%b}", name, asked.on_days(start, last)


def _lines(asked: Asked, columns: Sequence[plots.Column]) -> list[Line]:
    return [
        Line(
            column.name,
            column.href,
            [_write(asked, int(value)) for value in (*column.values, sum(column.values))],
        )
        for column in columns
        if any(column.values)
    ]


def _rows(
    values: Sequence[tuple[str, str, int]], write: Callable[[int], str], *, has_colours: bool = False
) -> list[Row]:
    """Turn names, addresses and values into rows, each measured against the largest; what is too many is one."""
    shown = list(values[:MOST_BARS])
    if rest := sum(value for _, _, value in values[MOST_BARS:]):
        shown.append(("All others", "", rest))
    most = max((value for _, _, value in shown), default=0)
    return [
        Row(
            name,
            href,
            write(value),
            share=round(100 * value / most) if most else 0,
            colour=plots.colour_of(place) if has_colours else 1,
        )
        for place, (name, href, value) in enumerate(shown)
    ]


def _model_rows(
    asked: Asked,
    cells: Mapping[tuple[Key, int | None], Figures],
    entries: Sequence[tuple[int | None, int]],
    models: Models,
    list_url: str,
) -> list[Row]:
    values = [
        (models.name(entry_id), f"{list_url}{asked.query({'model': entry_id})}" if entry_id else "", value)
        for entry_id, value in entries
        if value
    ]
    return _rows(values, lambda value: _write(asked, value), has_colours=True)


def _project_rows(asked: Asked, wanted: Wanted, list_url: str) -> list[Row]:
    sums = sum_by("project", wanted, asked.span)
    names = dict(Project.objects.filter(pk__in=sums).order_by("id").values_list("pk", "name"))
    ranked = sorted(sums.items(), key=lambda one: (-_measured(asked, one[1]), one[0]))
    values = [
        (names[pk], f"{list_url}{asked.query({'project': pk})}", _measured(asked, figures))
        for pk, figures in ranked
        if _measured(asked, figures)
    ]
    return _rows(values, lambda value: _write(asked, value))


def _person_rows(asked: Asked, wanted: Wanted, list_url: str) -> list[Row]:
    """Return who made the most, with what is left of their monthly limit."""
    sums = sum_by("user", wanted, asked.span)
    ranked = sorted(sums.items(), key=lambda one: (-_measured(asked, one[1]), one[0]))[:MOST_PEOPLE]
    people = User.objects.in_bulk([pk for pk, _ in ranked])
    limits = _monthly_limits(people)
    return [
        Row(
            name=people[pk].display_name,
            href=f"{list_url}{asked.query({'user': pk})}",
            value=rounded_dollars(figures.spent_micros),
            share=0,
            person=people[pk],
            images=f"{figures.images:,}",
            limit=limits.get(pk),
        )
        for pk, figures in ranked
    ]


def _monthly_limits(people: Iterable[int]) -> dict[int, Limit]:
    """Return the limit of each person's month, in money where there is one."""
    limits = [one for one in read_limits(Scope(None, pk) for pk in people) if one.period == Period.MONTH]
    ranked = sorted(limits, key=lambda one: one.unit == Unit.MONEY)
    return {one.scope.user_id: one for one in ranked if one.scope.user_id}


def _reason_rows(asked: Asked, failures: Mapping[str, int], list_url: str) -> list[Row]:
    values = [
        (reason_words(code), f"{list_url}{asked.query({'state': 'failed', 'reason': code})}", count)
        for code, count in failures.items()
    ]
    return _rows(values, lambda value: f"{value:,}")


def _by_weekday(wanted: Wanted, asked: Asked) -> list[list[int]]:
    """Return the images of each hour of the week, in the team's time zone."""
    counts = [[0] * 24 for _ in range(7)]
    for starts_at, images in count_by_hour(wanted, asked.span):
        local = timezone.localtime(starts_at)
        counts[local.weekday()][local.hour] += images
    return counts


def _week(asked: Asked, hours: Sequence[Sequence[int]], list_url: str) -> plots.WeekPlot:
    def title(day: int, hour: int) -> str:
        return f"{WEEKDAYS[day]}, {hour}:00 – {hour + 1}:00: {hours[day][hour]:,} images"

    return plots.week_plot(hours, WEEKDAYS, title, lambda day, hour: _hour_url(asked, list_url, day, hour))


def _week_lines(asked: Asked, hours: Sequence[Sequence[int]], list_url: str) -> list[WeekLine]:
    return [
        WeekLine(WEEKDAYS[day], hour, f"{images:,}", _hour_url(asked, list_url, day, hour))
        for day, row in enumerate(hours)
        for hour, images in enumerate(row)
        if images
    ]


def _hour_url(asked: Asked, list_url: str, day: int, hour: int) -> str:
    return f"{list_url}{asked.query({'weekday': day + 1, 'hour': hour})}"


def _held(wanted: Wanted) -> str:
    held = held_now(wanted)
    if not held or not any(held):
        return ""
    return f"{rounded_dollars(held[1])} held" if held[1] else f"{held[0]:,} images held"


def _title(asked: Asked, facets: Iterable[Facet]) -> str:
    chosen = [choice.name for facet in facets for choice in facet.choices if choice.is_chosen]
    return ", ".join([words_of(asked.span), *(chosen or ["all projects"])])


def list_title(sought: Sought, models: Models, *, is_own: bool) -> str:
    """Say which generations a list holds: "22 – 24 November, failed, Content policy, Anna"."""
    parts = [_title(sought.asked, facets_of(sought.asked, models, is_own=is_own))]
    if sought.weekday:
        parts.append(WEEKDAYS[sought.weekday - 1])
    if sought.hour is not None:
        parts.append(f"{sought.hour}:00 – {sought.hour + 1}:00")
    if sought.state:
        parts.append(Status(sought.state).label.lower())
    if sought.reason:
        parts.append(reason_words(sought.reason).lower())
    return ", ".join(parts)
