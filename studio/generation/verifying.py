"""Proves that money is held for what is under way, and for nothing else."""

from collections.abc import Iterator

from django.db.models import Q

from studio.generation.models import ENDED, Generation
from studio.spending import verifying
from studio.spending.models import Hold


def find_differences() -> list[str]:
    """Return a sentence for each difference between ledger, counters and figures, and between holds and generations."""
    return [*verifying.find_differences(), *_left_holds(), *_missing_holds()]


def _left_holds() -> Iterator[str]:
    """Nobody would ever close a hold whose generation has ended, and limits would be short of it for good."""
    under_way = Q(generation__isnull=False) & ~Q(generation__status__in=ENDED)
    left = Hold.objects.filter(state__in=verifying.OPEN).exclude(under_way).order_by("id")
    for pk, state in left.values_list("pk", "state"):
        yield f"Hold {pk} is {state}, but no generation that is under way needs it."


def _missing_holds() -> Iterator[str]:
    """What is under way could be charged, and no limit would know of it."""
    closed = (
        Generation.objects.exclude(status__in=ENDED).exclude(hold__state__in=verifying.OPEN).order_by("id")
    )
    for pk, status, hold_id, state in closed.values_list("pk", "status", "hold_id", "hold__state"):
        yield f"Generation {pk} is {status}, but its hold {hold_id} is {state}."
