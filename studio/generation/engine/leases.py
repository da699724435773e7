"""Leases: one for the pump, which makes it a singleton, and one per generation that a slice has in hand."""

import logging
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from studio.generation.engine.owners import here, is_gone
from studio.generation.models import Generation, NotedMoment, PumpLease
from studio.generation.moments import COUNT_BEGAN
from studio.generation.queries import FURTHEST_AHEAD

log = logging.getLogger(__name__)

PUMP = "pump"
# What a clock may stray by in the hands of a time server.
_STRAY = timedelta(seconds=1)


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


def follow_clock(now: datetime) -> bool:
    """Move this machine's leases along when its clock was set, or when the machine slept; return whether any had to.

    Without that all of them would seem to have run out at once, and what is on the wire would be given up while its
    answer is on the way. It is remembered when, by the clock, the count began that nobody can set.
    """
    if not (place := here()):
        return False
    began_at = now - timedelta(seconds=time.monotonic())
    here_and_now = {"place": place, "at": began_at}
    known, _ = NotedMoment.objects.get_or_create(name=COUNT_BEGAN, defaults=here_and_now)
    known_at = known.at if known.place == place else None
    if known_at and abs(began_at - known_at) < _STRAY:
        return False
    with transaction.atomic():
        as_read = NotedMoment.objects.filter(name=COUNT_BEGAN, place=known.place, at=known.at)
        is_first = as_read.update(**here_and_now) == 1
        if known_at and is_first:
            _move(f"{place}.", now, began_at - known_at)
    return known_at is not None


def _move(owners: str, now: datetime, jump: timedelta) -> None:
    """Give the leases of owners who begin so as long as they had; what was renewed since the jump is right already."""
    log.warning("engine.clock.set by_s=%d", jump.total_seconds())

    def stale(field: str) -> Q:
        is_off = {f"{field}__lt": now} if jump > timedelta() else {f"{field}__gt": now + FURTHEST_AHEAD}
        return Q(**is_off) & Q(**{f"{field}__gt": now - jump})

    hands = Generation.objects.filter(stale("lease_until"), lease_owner__startswith=owners)
    hands.update(lease_until=F("lease_until") + jump)
    pumps = PumpLease.objects.filter(stale("until"), owner__startswith=owners)
    pumps.update(until=F("until") + jump)


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
