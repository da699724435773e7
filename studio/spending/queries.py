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


def usage_this_month(project: Project, user: User | None = None) -> Usage:
    """Count the images of a project, or of one person in it, in the team's current month."""
    first: date = timezone.localdate().replace(day=1)
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
