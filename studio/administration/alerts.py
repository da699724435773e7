"""Who is told when a limit gets short: each limit that is set, with those who were chosen."""

from collections.abc import Collection
from dataclasses import dataclass

from studio.people.models import User
from studio.spending.limits import amount_of
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.scopes import name_of_scope


@dataclass(frozen=True, slots=True)
class Choice:
    """A person who may be told, and whether they are."""

    person: User
    is_told: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One limit: `told` says in words who hears of it; `choices` who could, of the one that is open."""

    quota: Quota
    whose: str
    words: str
    told: str
    choices: list[Choice]


def alert_rows(open_id: int | None) -> list[AlertRow]:
    """Return the limits that are set, the team's first, in three queries for any number."""
    quotas = Quota.objects.in_force().select_related("project", "user").prefetch_related("watchers")
    people = list(User.objects.filter(is_active=True).order_by("name", "email", "id"))
    return [
        _row(quota, people, is_open=quota.pk == open_id)
        for quota in quotas.order_by("project__name", "user__name", "id")
    ]


def _row(quota: Quota, people: Collection[User], *, is_open: bool) -> AlertRow:
    watching = {person.pk for person in quota.watchers.all()}
    told = [person.display_name for person in people if person.pk in watching]
    amounts = (
        amount_of(unit, amount)
        for unit, amount in (("images", quota.max_images), ("money", quota.max_micros))
        if amount is not None
    )
    return AlertRow(
        quota,
        whose=name_of_scope(quota.project, quota.user),
        words=f"{' and '.join(amounts)} {Period(quota.period).label}",
        told=", ".join(told),
        choices=[Choice(person, person.pk in watching) for person in people] if is_open else [],
    )
