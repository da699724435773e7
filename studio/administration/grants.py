"""What was granted on top of limits: to whom, by whom, until when, and how much of it is in use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from studio.kit import clock
from studio.spending.limits import Unit, amount_of, read_limits
from studio.spending.models import Grant
from studio.spending.periods import Period
from studio.spending.scopes import Scope, name_of_scope

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant as its line says it; `in_use` is empty where it is over, or its limit was lifted."""

    grant: Grant
    whose: str
    words: str
    period: str
    last_day: datetime
    state: str
    in_use: str
    is_running: bool


def grant_rows() -> list[GrantRow]:
    """Return the grants in force, and the newest of those that are over.

    Of several on one limit, what ends first is used up first: so none of what is left ends unused.
    """
    now = clock.now()
    named = Grant.objects.select_related("project", "user", "granted_by")
    in_force = Q(revoked_at__isnull=True, ends_at__gt=now)
    running = list(named.filter(in_force).order_by("-id"))
    used = _used_of(running)
    rows = [_row(grant, "in force", used.get(grant.pk, "")) for grant in running]
    over = named.exclude(in_force).order_by("-id")[:MOST_SHOWN]
    return rows + [_row(grant, "revoked" if grant.revoked_at else "over", "") for grant in over]


def _used_of(running: Iterable[Grant]) -> dict[int, str]:
    """Write how much is in use of each grant whose limit still stands."""
    scopes = {Scope(grant.project_id, grant.user_id) for grant in running}
    limits = {(one.scope, one.period, one.unit): one for one in read_limits(scopes)}
    over = {key: max(0, limit.used - limit.quota) for key, limit in limits.items()}
    used = {}
    for grant in sorted(running, key=lambda grant: (grant.ends_at, grant.pk)):
        key = (Scope(grant.project_id, grant.user_id), Period(grant.period), _unit_of(grant))
        if key in limits:
            taken = min(over[key], _amount(grant))
            over[key] -= taken
            used[grant.pk] = limits[key].amount(taken)
    return used


def _unit_of(grant: Grant) -> Unit:
    return Unit.IMAGES if grant.images else Unit.MONEY


def _amount(grant: Grant) -> int:
    return grant.images or grant.micros


def _row(grant: Grant, state: str, in_use: str) -> GrantRow:
    return GrantRow(
        grant,
        whose=name_of_scope(grant.project, grant.user),
        words=amount_of(_unit_of(grant), _amount(grant)),
        period=Period(grant.period).label,
        # It ends at midnight: the day before is the last one.
        last_day=timezone.localtime(grant.ends_at - timedelta(seconds=1)),
        state=state,
        in_use=in_use,
        is_running=state == "in force",
    )
