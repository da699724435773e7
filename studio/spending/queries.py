"""Sums of the ledger."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum
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
    held = Hold.objects.filter(scope, state__in=(HoldState.OPEN, HoldState.KEPT)).aggregate(sum=Sum("images"))
    holds = Hold.objects.filter(scope)
    spent = LedgerEntry.objects.filter(hold__in=holds, kind=EntryKind.SETTLED).aggregate(sum=Sum("images"))
    return Usage(held=held["sum"] or 0, spent=spent["sum"] or 0)
