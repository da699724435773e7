"""What was granted on top of limits: to whom, by whom, until when, and how much of it is in use."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from studio.kit import clock
from studio.spending.limits import Limit, Unit, amount_of, read_limits
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
    """Return the newest grants, those in force first."""
    now = clock.now()
    grants = list(Grant.objects.select_related("project", "user", "granted_by").order_by("-id")[:MOST_SHOWN])
    running = [grant for grant in grants if _runs(grant, now)]
    scopes = {Scope(grant.project_id, grant.user_id) for grant in running}
    limits = {(one.scope, one.period, one.unit): one for one in read_limits(scopes)}
    rows = [_row(grant, limits, now) for grant in grants]
    return sorted(rows, key=lambda row: not row.is_running)


def _runs(grant: Grant, now: datetime) -> bool:
    return grant.revoked_at is None and grant.ends_at > now


def _row(grant: Grant, limits: dict[tuple[Scope, Period, Unit], Limit], now: datetime) -> GrantRow:
    unit = Unit.IMAGES if grant.images else Unit.MONEY
    is_running = _runs(grant, now)
    limit = limits.get((Scope(grant.project_id, grant.user_id), Period(grant.period), unit))
    return GrantRow(
        grant,
        whose=name_of_scope(grant.project, grant.user),
        words=amount_of(unit, grant.images or grant.micros),
        period=Period(grant.period).label,
        # It ends at midnight: the day before is the last one.
        last_day=timezone.localtime(grant.ends_at - timedelta(seconds=1)),
        state="in force" if is_running else "revoked" if grant.revoked_at else "over",
        in_use=limit.amount(min(limit.granted, max(0, limit.used - limit.quota)))
        if is_running and limit
        else "",
        is_running=is_running,
    )
