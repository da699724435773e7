"""Leases: one for the pump, which makes it a singleton, and one per generation that a slice has in hand."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from studio.generation.engine.owners import is_gone
from studio.generation.models import Generation, PumpLease
from studio.generation.queries import FURTHEST_AHEAD

PUMP = "pump"


def acquire_pump(owner: str, now: datetime, until: datetime) -> bool:
    """Take or renew the pump's lease; False when another slice holds it."""
    PumpLease.objects.get_or_create(name=PUMP)
    # Of before the clock was set back: no lease lasts that long.
    ahead = Q(until__gt=now + FURTHEST_AHEAD)
    free = Q(until__isnull=True) | Q(until__lt=now) | Q(owner=owner) | ahead
    return PumpLease.objects.filter(free, name=PUMP).update(owner=owner, until=until) == 1


def release_pump(owner: str) -> None:
    """Give the pump's lease back, if it is still ours."""
    PumpLease.objects.filter(name=PUMP, owner=owner).update(owner="", until=None)


def take_from_the_gone(now: datetime) -> bool:
    """End the leases of processes of this machine that are no more, and tell whether there were any.

    Nobody needs to wait until they run out: work goes on within seconds after a kill.
    """
    held = Generation.objects.filter(next_action_at__isnull=False, lease_until__gt=now)
    pumps = PumpLease.objects.filter(until__gt=now).exclude(owner="")
    owners = {*held.order_by().values_list("lease_owner", flat=True).distinct()}
    gone = [owner for owner in owners | {*pumps.values_list("owner", flat=True)} if is_gone(owner)]
    if gone:
        held.filter(lease_owner__in=gone).update(lease_until=now)
        pumps.filter(owner__in=gone).update(owner="", until=None)
    return bool(gone)


def renew(owner: str, ids: Collection[int], until: datetime) -> set[int]:
    """Renew the leases on these generations, and return those that are still ours."""
    ours = Generation.objects.filter(id__in=ids, lease_owner=owner)
    ours.update(lease_until=until)
    return set(ours.order_by().values_list("id", flat=True))


def release(owner: str, ids: Collection[int]) -> None:
    """Hand these generations over: whoever scans next may take them."""
    Generation.objects.filter(id__in=ids, lease_owner=owner).update(lease_owner="", lease_until=None)
