"""Who is told when a limit gets short: each limit that is set, with those who were chosen."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from studio.people.models import User
from studio.spending.limiting import mark_of_watchers
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
    """One limit: `told` says in words who hears of it, `seen` is what to send back to notice that others do by now.

    Of the one that is open, `choices` are those who could, and `refusal` says why those who were chosen aren't yet.
    """

    quota: Quota
    whose: str
    words: str
    told: str
    seen: str
    choices: list[Choice]
    refusal: str = ""


def alert_rows(
    open_id: int | None, *, chosen: Collection[int] | None = None, refusal: str = ""
) -> list[AlertRow]:
    """Return the limits that are set, the team's first, in three queries for any number.

    The form of the open one is as it is kept, or comes back with those who were `chosen` and a `refusal`.
    """
    quotas = Quota.objects.in_force().select_related("project", "user").prefetch_related("watchers")
    people = list(User.objects.filter(is_active=True).order_by("name", "email", "id"))
    rows = [_row(quota, people) for quota in quotas.order_by("project__name", "user__name", "id")]
    return [_opened(row, people, chosen, refusal) if row.quota.pk == open_id else row for row in rows]


def _opened(
    row: AlertRow, people: Collection[User], chosen: Collection[int] | None, refusal: str
) -> AlertRow:
    ids = _watching(row.quota) if chosen is None else chosen
    return replace(row, choices=[Choice(person, person.pk in ids) for person in people], refusal=refusal)


def _watching(quota: Quota) -> set[int]:
    return {person.pk for person in quota.watchers.all()}


def _row(quota: Quota, people: Collection[User]) -> AlertRow:
    watching = _watching(quota)
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
        seen=mark_of_watchers(watching),
        choices=[],
    )
