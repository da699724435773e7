"""Puts a usage page together: what its template draws, from the figures of usage and the names beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.administration.usage import plots
from studio.administration.usage.asked import FILTERS, PERIOD_LABELS, Asked, words_of
from studio.administration.usage.bars import Series, read_bars
from studio.administration.usage.figures import Kpi, kpis
from studio.administration.usage.held import held_words
from studio.administration.usage.listing import Sought, reason_words
from studio.administration.usage.month import Month, month_of
from studio.administration.usage.names import Facet, Models, facets_of, wanted_by
from studio.administration.usage.rows import Row, model_rows, person_rows, project_rows, reason_rows
from studio.administration.usage.tables import Table
from studio.administration.usage.week import (
    WEEKDAYS,
    hour_words,
    images_by_weekday,
    week_plot,
    week_table,
)
from studio.administration.ways import Way
from studio.generation.models import Status
from studio.spending.usage import sum_all, tallies_of, times_of


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
    table: Table
    by_model: list[Row]
    by_project: list[Row]
    by_person: list[Row]
    reasons: list[Row]
    week: plots.WeekPlot
    week_table: Table
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
    def unpriced_words(self) -> str:
        return "1 image" if self.unpriced == 1 else f"{self.unpriced:,} images"


def build_page(asked: Asked, list_url: str, *, is_own: bool) -> UsagePage:
    """Read and arrange all that a usage page shows; bars lead to `list_url` with what they stand for."""
    models = Models()
    wanted = wanted_by(asked, models)
    bars = read_bars(asked, wanted, models, list_url)
    total, before = bars.total, asked.span.before()
    times, failures = tallies_of(wanted, asked.span)
    times_before = times_of(wanted, before)
    facets = facets_of(asked, models, is_own=is_own)
    title = _title(asked, facets)
    hours = images_by_weekday(wanted, asked)
    return UsagePage(
        asked=asked,
        title=title,
        facets=facets,
        kpis=kpis(total, sum_all(wanted, before), times, times_before, held_words(wanted), bars.totals),
        unpriced=total.unpriced_images,
        is_empty=not total.generations and not total.images,
        series=bars.series,
        wide=bars.plot(plots.WIDE),
        narrow=bars.plot(plots.NARROW),
        table=Table(
            _plot_title(asked, title), "When", [*(each.name for each in bars.series), "All"], bars.lines
        ),
        by_model=model_rows(bars),
        by_project=project_rows(asked, wanted, list_url),
        by_person=[] if is_own else person_rows(asked, wanted, list_url),
        reasons=reason_rows(asked, failures, list_url),
        week=week_plot(asked, hours, list_url),
        week_table=week_table(asked, hours, list_url),
        month=month_of(wanted, asked, list_url),
        is_own=is_own,
    )


def _plot_title(asked: Asked, title: str) -> str:
    what = "Spend" if asked.measure == "spend" else "Images"
    return f"{what} by {asked.bucket} and model, {title}"


def _title(asked: Asked, facets: Iterable[Facet]) -> str:
    chosen = [choice.name for facet in facets for choice in facet.choices if choice.is_chosen]
    return ", ".join([words_of(asked.span), *(chosen or ["all projects"])])


def list_title(sought: Sought, models: Models, *, is_own: bool) -> str:
    """Say which generations a list holds: "22 – 24 November, failed, Content policy, Anna"."""
    parts = [_title(sought.asked, facets_of(sought.asked, models, is_own=is_own))]
    if sought.weekday:
        parts.append(WEEKDAYS[sought.weekday - 1])
    if sought.hour is not None:
        parts.append(hour_words(sought.hour))
    if sought.state:
        parts.append(Status(sought.state).label.lower())
    if sought.reason:
        parts.append(reason_words(sought.reason).lower())
    return ", ".join(parts)
