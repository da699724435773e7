"""Setting limits: each change is written into the audit log with what it was before."""

from collections.abc import Collection

from django.db import transaction

from studio.audit.actions import record
from studio.kit.errors import Conflict, Invalid
from studio.kit.wire import JsonObject
from studio.people.models import TeamRole, User
from studio.spending.alerts import forget_alerts
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.scopes import Scope


def set_limit(
    *, scope: Scope, period: Period, max_images: int | None, max_micros: int | None, by: User
) -> bool:
    """Set both limits of a scope and period; None lifts one. Returns whether anything changed.

    What is held and spent already stays: a limit below it stops what is new.
    """
    fields = {"project_id": scope.project_id, "user_id": scope.user_id, "period": period}
    with transaction.atomic():
        quota = Quota.objects.select_for_update().filter(**fields).first() or Quota(**fields)
        before = [quota.max_images, quota.max_micros]
        if before == [max_images, max_micros]:
            return False
        quota.max_images, quota.max_micros = max_images, max_micros
        quota.save()
        forget_alerts(scope, period)
        details: JsonObject = {
            "project": scope.project_id,
            "user": scope.user_id,
            "period": str(period),
            "images": [before[0], max_images],
            "micros": [before[1], max_micros],
        }
        record(verb="limit.set", subject=quota, by=by, details=details)
    return True


def lock_limits() -> None:
    """Have all limits stay as they are until the transaction ends, for who sets several by what they are now.

    A limit that isn't there yet can't be locked; the team's admins can, and there is always one.
    """
    admins = User.objects.filter(role=TeamRole.ADMIN).select_for_update(no_key=True).order_by("id")
    list(admins.values_list("id"))
    list(Quota.objects.select_for_update().order_by("id").values_list("id"))


class Rechosen(Conflict):
    """Somebody else has chosen who is told of a limit."""


def mark_of_watchers(person_ids: Collection[int]) -> str:
    """Tell those who are told of a limit from others."""
    return " ".join(map(str, sorted(person_ids)))


def set_watchers(*, quota: Quota, person_ids: Collection[int], by: User, seen: str | None = None) -> bool:
    """Choose who is told when a limit gets short; nobody means the admins. Returns whether anything changed.

    Raises Invalid when one of them is not, or no longer, in the team, Conflict where the limit was lifted meanwhile,
    and Rechosen where those who are told are no longer the `seen` ones.
    """
    with transaction.atomic():
        quota = Quota.objects.select_for_update().get(pk=quota.pk)
        if not Quota.objects.in_force().filter(pk=quota.pk).exists():
            raise Conflict("This limit was lifted meanwhile, so there is nothing to be told of.")
        chosen = User.objects.filter(pk__in=person_ids, is_active=True)
        after = sorted(chosen.values_list("pk", flat=True))
        if len(after) != len(set(person_ids)):
            raise Invalid("Somebody of these is no longer in the team. Reload the page and choose again.")
        before = sorted(quota.watchers.values_list("pk", flat=True))
        if before == after:
            return False
        if seen is not None and mark_of_watchers(before) != seen:
            raise Rechosen(
                f"Nothing was changed yet: somebody else has chosen {_told(quota)} meanwhile. "
                "Save once more to put yours in their place."
            )
        quota.watchers.set(after)
        details: JsonObject = {"watchers": [[*before], [*after]]}
        record(verb="limit.watchers_chosen", subject=quota, by=by, details=details)
    return True


def _told(quota: Quota) -> str:
    people = quota.watchers.filter(is_active=True).order_by("name", "email", "id")
    return ", ".join(person.display_name for person in people) or "the admins"
