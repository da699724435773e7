"""Proves the sums: counters and figures of usage are compared with the ledger that they are made from."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime

from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncHour

from studio.spending.counting import Change, UsageKey
from studio.spending.limits import CounterKey, key_of
from studio.spending.models import CLOSING, Counter, EntryKind, Hold, HoldState, LedgerEntry, UsageHour
from studio.spending.periods import Period, start_of
from studio.spending.scopes import Scope, scopes_of

OPEN = (HoldState.OPEN, HoldState.KEPT)


def find_differences() -> list[str]:
    """Return a sentence for each difference, none where all is right.

    All is read in one state of the database, whatever is written meanwhile: in a transaction of its own.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*_holds(), *_counters(), *_usage()]


def _holds() -> Iterator[str]:
    """Each hold is opened once, and closed once exactly when its state says so."""
    kinds = {
        "opened": Count("entries", filter=Q(entries__kind=EntryKind.HELD)),
        "closed": Count("entries", filter=Q(entries__kind__in=CLOSING)),
        "as_it_says": Count("entries", filter=Q(entries__kind=F("state"))),
    }
    holds = Hold.objects.annotate(**kinds).order_by("id")
    is_right = Q(opened=1) & (Q(state__in=OPEN, closed=0) | (~Q(state__in=OPEN) & Q(closed=1, as_it_says=1)))
    for pk, state, opened, closed, _ in holds.exclude(is_right).values_list("pk", "state", *kinds):
        yield f"Hold {pk} is {state}, but the ledger opened it {opened} and closed it {closed} times."


def _counters() -> Iterator[str]:
    expected = {key: change for key, change in sum_ledger().items() if any(change)}
    for counter in Counter.objects.order_by("id").iterator():
        has = Change(counter.held_images, counter.held_micros, counter.spent_images, counter.spent_micros)
        should = expected.pop(key_of(counter), Change())
        if has != should:
            yield f"{_name(key_of(counter))} says {_figures(has)}; the ledger {_figures(should)}."
    for key, should in sorted(expected.items(), key=str):
        yield f"{_name(key)} is missing; the ledger has {_figures(should)}."


def sum_ledger() -> dict[CounterKey, Change]:
    """Add up the ledger, as every counter should have it."""
    sums: defaultdict[CounterKey, Change] = defaultdict(Change)
    of_day = ("project_id", "user_id", "day")
    held = Hold.objects.filter(state__in=OPEN).values_list(*of_day).order_by()
    for project_id, user_id, day, images, micros in held.annotate(Sum("images"), Sum("cost_micros")):
        _add(sums, project_id, user_id, day, Change(images, micros or 0, 0, 0))
    settled = LedgerEntry.objects.filter(kind=EntryKind.SETTLED).order_by()
    for project_id, user_id, day, images, micros in settled.values_list(
        "hold__project_id", "hold__user_id", "hold__day"
    ).annotate(Sum("images"), Sum("cost_micros")):
        _add(sums, project_id, user_id, day, Change(0, 0, images, micros or 0))
    return sums


def _add(
    sums: defaultdict[CounterKey, Change], project_id: int, user_id: int, day: date, change: Change
) -> None:
    for scope in scopes_of(project_id, user_id):
        for period in Period:
            key = CounterKey(scope, period, start_of(period, day))
            sums[key] = sums[key].plus(change)


def _usage() -> Iterator[str]:
    """The figures of usage, without regard to keys, which the ledger doesn't know."""
    figures: defaultdict[UsageKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    hours = UsageHour.objects.order_by().values_list("starts_at", "day", "project_id", "user_id", "model_id")
    for *key, images, micros in hours.annotate(Sum("images"), Sum("spent_micros")):
        figures[_usage_key(*key)] = (images, micros)
    entries = LedgerEntry.objects.filter(kind=EntryKind.SETTLED).order_by()
    hour = TruncHour("hold__created_at", tzinfo=UTC)
    of_hour = ("hour", "hold__day", "hold__project_id", "hold__user_id", "hold__model_id")
    sums = entries.annotate(hour=hour).values_list(*of_hour).annotate(Sum("images"), Sum("cost_micros"))
    for *key, images, micros in sums:
        has = figures.pop(_usage_key(*key), (0, 0))
        if has != (images, micros or 0):
            yield f"Usage of {key[0]:%Y-%m-%d %H} h says {has[0]} images; the ledger {images}."
    for usage_key, (images, micros) in figures.items():
        if images or micros:
            yield f"Usage of {usage_key.starts_at:%Y-%m-%d %H} h says {images} images; the ledger none."


def _usage_key(
    starts_at: datetime, day: date, project_id: int, user_id: int, model_id: int | None
) -> UsageKey:
    return UsageKey(starts_at, day, project_id, user_id, model_id or 0, 0)


def _name(key: CounterKey) -> str:
    scope = _scope_name(key.scope)
    return f"The counter of {scope}, {key.period} from {key.starts_on}"


def _scope_name(scope: Scope) -> str:
    parts = [f"project {scope.project_id}"] if scope.project_id else []
    parts += [f"user {scope.user_id}"] if scope.user_id else []
    return " and ".join(parts) or "the team"


def _figures(change: Change) -> str:
    return (
        f"{change.held_images} images and {change.held_micros} micro-dollars held, "
        f"{change.spent_images} and {change.spent_micros} spent"
    )
