"""Sums of the ledger."""

from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils import timezone

from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry


@dataclass(frozen=True, slots=True)
class Usage:
    """Images held (reserved, not decided) and spent (settled) since the first of the month."""

    held: int
    spent: int


def usage_along(user: User) -> dict[str, Subquery]:
    """Return one person's `usage_this_month` as `held` and `spent` of a query for projects; null where there is none."""
    holds = Hold.objects.filter(project=OuterRef("pk"), user=user, day__gte=_first_of_month())
    held = holds.filter(state__in=(HoldState.OPEN, HoldState.KEPT)).order_by().values("project")
    settled = LedgerEntry.objects.filter(
        hold__project=OuterRef("pk"),
        hold__user=user,
        hold__day__gte=_first_of_month(),
        kind=EntryKind.SETTLED,
    )
    spent = settled.order_by().values("hold__project")
    return {
        "held": Subquery(held.annotate(sum=Sum("images")).values("sum")),
        "spent": Subquery(spent.annotate(sum=Sum("images")).values("sum")),
    }


def usage_this_month(project: Project, user: User | None = None) -> Usage:
    """Count the images of a project, or of one person in it, in the team's current month."""
    first = _first_of_month()
    scope = Q(project=project, day__gte=first)
    if user is not None:
        scope &= Q(user=user)
    is_held = Q(state__in=(HoldState.OPEN, HoldState.KEPT))
    settled = LedgerEntry.objects.filter(hold=OuterRef("pk"), kind=EntryKind.SETTLED).values("images")[:1]
    sums = (
        Hold.objects.filter(scope)
        .annotate(settled=Subquery(settled))
        .aggregate(held=Sum("images", filter=is_held), spent=Sum("settled"))
    )
    return Usage(held=sums["held"] or 0, spent=sums["spent"] or 0)


def _first_of_month() -> date:
    return timezone.localdate().replace(day=1)
