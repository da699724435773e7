"""What is held and spent, and the prices in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, F, Func, QuerySet

from studio.kit.clock import team_today
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import Counter, EntryKind, LedgerEntry, Price
from studio.spending.periods import Period, start_of
from studio.spending.prices import Rate, read_rates

# Built from a queryset it took longer than it takes to ask.
_SETTLED_AT = f"""(
    SELECT cost_micros FROM {LedgerEntry._meta.db_table}
    WHERE hold_id = %(expressions)s AND kind = '{EntryKind.SETTLED}' LIMIT 1
)"""  # noqa: S608  the names of our own table and word


@dataclass(frozen=True, slots=True)
class Usage:
    """Images held (reserved, not decided) and spent (settled) since the first of the month."""

    held: int
    spent: int


def settled_along(hold: str) -> Func:
    """Return, as a part of another query, what the hold of this path was settled at: micro-dollars, or null."""
    return Func(F(hold), template=_SETTLED_AT, output_field=BigIntegerField())


def usage_this_month(project: Project, user: User | None = None) -> Usage:
    """Return the images of a project, or of one person in it, in the team's current month."""
    counter = _this_month().filter(project=project, user=user).first()
    return Usage(counter.held_images, counter.spent_images) if counter else Usage(0, 0)


def month_of_projects(project_ids: Collection[int]) -> dict[int, Counter]:
    """Return what projects have held and spent in the team's current month; those without any are left out."""
    counters = _this_month().filter(project__in=project_ids, user__isnull=True).order_by("id")
    return {counter.project_id: counter for counter in counters if counter.project_id}


def team_total() -> Counter:
    """Return what the whole team has held and spent since it began; zeros where nothing was."""
    total = Counter.objects.filter(project=None, user=None, period=Period.TOTAL).first()
    return total or Counter(period=Period.TOTAL)


def _this_month() -> QuerySet[Counter]:
    return Counter.objects.filter(period=Period.MONTH, starts_on=start_of(Period.MONTH, team_today()))


def rates_on(model_id: int, day: date) -> tuple[Rate, ...]:
    """Return the rates in force on a day; none where the model has no price."""
    price = prices_in_force(day).filter(model=model_id).first()
    return read_rates(price.rates) if price else ()


def prices_in_force(day: date) -> QuerySet[Price]:
    """Return the prices that had come into force by a day, of each model the newest first."""
    return Price.objects.filter(valid_from__lte=day, withdrawn_at__isnull=True).order_by("-valid_from", "-id")
