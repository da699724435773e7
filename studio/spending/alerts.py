"""Tells people that a limit gets short: once for each limit, period and share, unless it allows more by then."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from django.db import transaction
from django_q.tasks import async_task

from studio.kit.clock import team_today
from studio.kit.mail import page_address, send_written
from studio.people.models import TeamRole, User
from studio.spending.limits import Limit, read_limits
from studio.spending.models import QuotaAlert
from studio.spending.periods import Period, start_of
from studio.spending.scopes import Scope, name_of_scope

SHARES = (50, 80, 100)


def raise_alerts(limits: Sequence[Limit], day: date) -> None:
    """Note which shares of the limits of a day have just been reached, and have their watchers told after the commit.

    The limits' counters are locked by the caller, so nobody notes the same at the same time.
    """
    reached = {
        (limit.quota_id, start_of(limit.period, day), str(limit.unit), percent)
        for limit in limits
        for percent in SHARES
        if _is_reached(limit, percent)
    }
    if not reached:
        return
    noted = QuotaAlert.objects.filter(quota__in={quota_id for quota_id, *_ in reached})
    missing = reached - set(noted.order_by("id").values_list("quota_id", "starts_on", "unit", "percent"))
    alerts = QuotaAlert.objects.bulk_create(
        QuotaAlert(quota_id=quota_id, starts_on=starts_on, unit=unit, percent=percent)
        for quota_id, starts_on, unit, percent in sorted(missing)
    )
    # Of several shares passed at once only the largest is news.
    told = {(alert.quota_id, alert.unit): alert.pk for alert in alerts}
    for alert_id in told.values():
        transaction.on_commit(partial(_tell_soon, alert_id), robust=True)


def forget_alerts(scope: Scope, period: Period) -> None:
    """Forget the shares of a limit that it is below again, since it allows more by now: reached anew, they are news."""
    limits = {(one.quota_id, str(one.unit)): one for one in read_limits([scope]) if one.period == period}
    noted = QuotaAlert.objects.filter(
        quota__project=scope.project_id,
        quota__user=scope.user_id,
        quota__period=period,
        starts_on=start_of(period, team_today()),
    )
    over = [
        alert.pk
        for alert in noted.order_by("id")
        if (limit := limits.get((alert.quota_id, alert.unit))) is None
        or not _is_reached(limit, alert.percent)
    ]
    QuotaAlert.objects.filter(pk__in=over).delete()


def _is_reached(limit: Limit, percent: int) -> bool:
    return limit.allowed > 0 and limit.used * 100 >= limit.allowed * percent


def _tell_soon(alert_id: int) -> None:
    async_task("studio.spending.alerts.tell_watchers", alert_id, cluster="chores")


def tell_watchers(alert_id: int) -> None:
    """Write to those who watch the quota of an alert, or where nobody was chosen to the admins.

    A task; run twice, it writes twice.
    """
    alert = QuotaAlert.objects.select_related("quota__project", "quota__user").filter(pk=alert_id).first()
    limit = _limit_of(alert) if alert else None
    if alert is None or limit is None:
        return
    words = {
        "whose": name_of_scope(alert.quota.project, alert.quota.user),
        "percent": alert.percent,
        "spent": limit.amount(limit.spent),
        "held": limit.amount(limit.held),
        "allowed": limit.amount(limit.allowed),
        "left": limit.amount(limit.left),
        "period": limit.period.label,
        "resets_on": limit.resets_on,
    }
    watchers = alert.quota.watchers.filter(is_active=True)
    told = watchers if watchers.exists() else User.objects.filter(is_active=True, role=TeamRole.ADMIN)
    for person in told.order_by("id"):
        # Only admins can open the page of limits.
        link = page_address("/admin/quotas/") if person.is_admin else ""
        send_written([person.email], "limit_short", {**words, "link": link})


def _limit_of(alert: QuotaAlert) -> Limit | None:
    """Return the limit as it is now; None where it was lifted since."""
    scope = Scope(alert.quota.project_id, alert.quota.user_id)
    limits = (
        one for one in read_limits([scope]) if one.quota_id == alert.quota_id and one.unit == alert.unit
    )
    return next(limits, None)
