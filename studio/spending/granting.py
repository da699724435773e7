"""Granting more than a limit allows for a while, and taking it back: written into the audit log."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from studio.audit.actions import record
from studio.kit import clock
from studio.kit.clock import team_today
from studio.kit.errors import Conflict, Invalid
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.spending.alerts import forget_alerts
from studio.spending.limits import Unit
from studio.spending.models import Grant
from studio.spending.periods import Period
from studio.spending.scopes import Scope

LONGEST = timedelta(days=366)


def give_grant(*, scope: Scope, period: Period, unit: Unit, amount: int, ends_on: date, by: User) -> Grant:
    """Allow so much more (images, or micro-dollars) in each period until the end of a day. Raises Invalid."""
    check_amount(amount, ends_on)
    with transaction.atomic():
        grant = Grant.objects.create(
            project_id=scope.project_id,
            user_id=scope.user_id,
            period=period,
            images=amount if unit == Unit.IMAGES else 0,
            micros=amount if unit == Unit.MONEY else 0,
            ends_at=end_of(ends_on),
            granted_by=by,
        )
        forget_alerts(scope, period)
        details: JsonObject = {
            **_scope_of(grant),
            "period": str(period),
            "images" if unit == Unit.IMAGES else "micros": amount,
            "until": ends_on.isoformat(),
        }
        record(verb="grant.given", subject=grant, by=by, details=details)
    return grant


def revoke_grant(*, grant: Grant, by: User) -> None:
    """End a grant before its time: what was spent stays spent. Raises Conflict when it is over already."""
    now = clock.now()
    with transaction.atomic():
        running = Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True, ends_at__gt=now)
        if running.update(revoked_at=now) != 1:
            raise Conflict("This grant is over already.")
        record(verb="grant.revoked", subject=grant, by=by, details=_scope_of(grant))


def _scope_of(grant: Grant) -> JsonObject:
    return {"project": grant.project_id, "user": grant.user_id}


def check_amount(amount: int, ends_on: date) -> None:
    """Raise Invalid unless this can be granted: something, until a day that isn't over, within a year."""
    today = team_today()
    if amount < 1:
        raise Invalid("Say how much: more than nothing.")
    if ends_on < today:
        raise Invalid("This day is over. Choose today or a later day.")
    if ends_on > today + LONGEST:
        raise Invalid("At most for a year. A limit can be raised for good instead.")


def end_of(day: date) -> datetime:
    """Return the moment at which a day of the team ends."""
    return timezone.make_aware(
        datetime.combine(day + timedelta(days=1), time.min), timezone.get_default_timezone()
    )
