"""The lists of a usage page: models, projects, people and reasons of failures, each with its part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.administration.usage import plots
from studio.administration.usage.asked import Asked
from studio.administration.usage.bars import Bars
from studio.administration.usage.listing import reason_words
from studio.kit.money import rounded_dollars
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.limits import Limit, Unit, read_limits
from studio.spending.periods import Period
from studio.spending.scopes import Scope
from studio.spending.usage import UNNAMED, Wanted, sum_by


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


def _rows(
    values: Sequence[tuple[str, str, int]], write: Callable[[int], str], *, has_colours: bool = False
) -> list[Row]:
    """Turn names, addresses and values into rows, each measured against the largest."""
    most = max((value for _, _, value in values), default=0)
    return [
        Row(
            name,
            href,
            write(value),
            share=round(100 * value / most) if most else 0,
            colour=plots.colour_of(place) if has_colours else 1,
        )
        for place, (name, href, value) in enumerate(values)
    ]


def model_rows(bars: Bars) -> list[Row]:
    """Return the entries of the picker in the colours of the bars."""
    values = [
        (bars.models.name(entry_id), _of_model(bars, entry_id), value)
        for entry_id, value in bars.entries
        if value
    ]
    return _rows(values, bars.asked.write, has_colours=True)


def _of_model(bars: Bars, entry_id: int | None) -> str:
    return f"{bars.list_url}{bars.asked.query({'model': entry_id or UNNAMED})}"


def project_rows(asked: Asked, wanted: Wanted, list_url: str) -> list[Row]:
    """Return the projects, the one with the most first."""
    sums = sum_by("project", wanted, asked.span)
    names = dict(Project.objects.filter(pk__in=sums).order_by("id").values_list("pk", "name"))
    ranked = sorted(sums.items(), key=lambda one: (-asked.measured(one[1]), one[0]))
    values = [
        (names[pk], f"{list_url}{asked.query({'project': pk})}", asked.measured(figures))
        for pk, figures in ranked
        if asked.measured(figures)
    ]
    return _rows(values, asked.write)


def person_rows(asked: Asked, wanted: Wanted, list_url: str) -> list[Row]:
    """Return the people, who made the most first, with what is left of their monthly limit."""
    sums = sum_by("user", wanted, asked.span)
    ranked = sorted(sums.items(), key=lambda one: (-asked.measured(one[1]), one[0]))
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


def reason_rows(asked: Asked, failures: Mapping[str, int], list_url: str) -> list[Row]:
    """Return why generations failed, in words."""
    values = [
        (reason_words(code), f"{list_url}{asked.query({'state': 'failed', 'reason': code})}", count)
        for code, count in failures.items()
    ]
    return _rows(values, lambda value: f"{value:,}")
