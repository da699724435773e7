"""What may be spent: limits of four scopes and three periods, grants on top, and counters that equal the ledger."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.kit.clock import now
from studio.people.models import User
from studio.projects.models import Project
from studio.spending import actions
from studio.spending.alerts import tell_watchers
from studio.spending.counting import Change, Outcome, gathered
from studio.spending.granting import give_grant
from studio.spending.limiting import set_limit
from studio.spending.limits import NoPrice, OverLimit, Unit, read_limits
from studio.spending.models import (
    Counter,
    EntryKind,
    Grant,
    Hold,
    LedgerEntry,
    Quota,
    QuotaAlert,
    UsageHour,
    UsageTally,
)
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, Scope
from studio.spending.verifying import find_differences
from tests.cast import Cast
from tests.chores import do_chores

DOLLAR = 1_000_000


@pytest.fixture(autouse=True)
def _the_ledger_is_right_in_the_end(db: None) -> Iterator[None]:
    yield
    assert find_differences() == []


def limit(
    *,
    project: Project | None = None,
    user: User | None = None,
    period: Period = Period.MONTH,
    images: int | None = None,
    micros: int | None = None,
) -> Quota:
    return Quota.objects.create(
        project=project, user=user, period=period, max_images=images, max_micros=micros
    )


def hold(cast: Cast, images: int = 1, micros: int | None = None, by: User | None = None) -> Hold:
    return actions.hold(project=cast.project, by=by or cast.contributor, images=images, cost_micros=micros)


def hold_together(
    cast: Cast, *images: int, settled: Hold | None = None, then: Exception | None = None
) -> None:
    with transaction.atomic(), gathered():
        for each in images:
            hold(cast, images=each)
        if settled:
            actions.settle(settled.pk, images=settled.images)
        if then:
            raise then


@pytest.mark.parametrize("period", Period.values)
@pytest.mark.parametrize("whose", ["team", "project", "user", "both"])
def test_each_of_the_twelve_limits_stops_what_exceeds_it(cast: Cast, whose: str, period: Period) -> None:
    limit(
        project=cast.project if whose in ("project", "both") else None,
        user=cast.contributor if whose in ("user", "both") else None,
        period=period,
        images=5,
    )
    hold(cast, images=3)
    with pytest.raises(OverLimit):
        hold(cast, images=3)
    assert hold(cast, images=2)
    assert Hold.objects.count() == 2


def test_what_others_do_elsewhere_counts_only_where_it_must(cast: Cast) -> None:
    limit(project=cast.project, user=cast.contributor, images=2)
    limit(project=cast.project, images=6)
    hold(cast, images=2)
    actions.hold(project=cast.team_project, by=cast.contributor, images=5)
    hold(cast, images=4, by=cast.manager)
    with pytest.raises(
        OverLimit, match=r"^This project’s monthly limit of 6 images leaves 0, and this makes 1\."
    ):
        hold(cast, by=cast.manager)


def test_the_sentence_names_the_limit_what_is_left_and_when_it_resets(cast: Cast) -> None:
    limit(user=cast.contributor, period=Period.TOTAL, micros=2 * DOLLAR)
    hold(cast, images=4, micros=1_900_000)
    with pytest.raises(OverLimit) as refusal:
        hold(cast, images=4, micros=404_000)
    assert refusal.value.sentence == (
        "Your total limit of $2 leaves $0.10, and this costs $0.404. An admin can raise it."
    )
    limit(period=Period.DAY, images=5)
    with pytest.raises(
        OverLimit, match=r"^The team’s daily limit of 5 images leaves 1, .* It resets on \d+ \w+\."
    ):
        hold(cast, images=2, micros=0)


def test_all_limits_in_the_way_are_named(cast: Cast) -> None:
    limit(images=1)
    limit(user=cast.contributor, images=1)
    limit(project=cast.project, images=100)
    with pytest.raises(OverLimit) as refusal:
        hold(cast, images=2)
    assert [(one.scope.project_id, one.scope.user_id) for one in refusal.value.limits] == [
        (None, None),
        (None, cast.contributor.pk),
    ]


def test_what_is_released_can_be_spent_again_and_what_came_short_too(cast: Cast) -> None:
    limit(images=4)
    actions.release(hold(cast, images=4).pk)
    actions.settle(hold(cast, images=4).pk, images=1)
    hold(cast, images=3)
    with pytest.raises(OverLimit):
        hold(cast)


def test_several_holds_of_one_press_fit_together_or_not_at_all(cast: Cast) -> None:
    limit(images=5)
    with pytest.raises(OverLimit):
        hold_together(cast, 2, 2, 2)
    assert not Hold.objects.exists()
    assert not Counter.objects.exists()


def test_a_part_that_is_rolled_back_leaves_no_trace_in_the_counters(cast: Cast) -> None:
    with transaction.atomic(), gathered():
        hold(cast, images=2)
        with pytest.raises(ZeroDivisionError):
            hold_together(cast, 7, then=ZeroDivisionError())
    assert Hold.objects.get().images == 2
    assert set(Counter.objects.values_list("held_images", flat=True)) == {2}


def test_a_second_send_is_held_beside_the_first_that_is_presumed_charged(cast: Cast) -> None:
    limit(images=3)
    first = hold(cast, images=2)
    with pytest.raises(OverLimit):
        hold_together(cast, 2, settled=first)
    first.refresh_from_db()
    assert first.state == "open"


def test_without_a_price_nothing_goes_out_where_money_is_limited(cast: Cast) -> None:
    install_catalog()
    model = ImageModel.objects.get(provider__slug="mountsea", slug="nano-banana-2")
    actions.hold(project=cast.project, by=cast.contributor, images=1, model=model)
    limit(project=cast.project, micros=DOLLAR)
    with pytest.raises(
        NoPrice, match=rf"^{model.name} has no price for this input, and this project’s limit"
    ):
        actions.hold(project=cast.project, by=cast.contributor, images=1, model=model)


def test_a_grant_comes_on_top_until_it_ends_or_is_revoked(cast: Cast) -> None:
    limit(user=cast.contributor, images=1)
    hold(cast)
    more = {"user": cast.contributor, "period": Period.MONTH, "images": 2, "granted_by": cast.admin}
    Grant.objects.create(**more, ends_at=now() - timedelta(seconds=1))
    Grant.objects.create(**more, ends_at=now() + timedelta(days=1), revoked_at=now())
    with pytest.raises(OverLimit):
        hold(cast)
    Grant.objects.create(**more, ends_at=now() + timedelta(days=1))
    hold(cast, images=2)
    [reached] = read_limits([Scope(None, cast.contributor.pk)])
    assert (reached.allowed, reached.used, reached.left) == (3, 3, 0)


def test_a_limit_that_was_lowered_stops_what_is_new_and_nothing_else(cast: Cast) -> None:
    quota = limit(images=10)
    held = hold(cast, images=8)
    quota.max_images = 4
    quota.save()
    with pytest.raises(OverLimit, match="leaves 0"):
        hold(cast)
    assert actions.settle(held.pk, images=8)


def test_the_price_of_the_hold_counts_whatever_was_made(cast: Cast) -> None:
    entry = actions.settle(hold(cast, images=4, micros=404_000).pk, images=2)
    assert entry
    assert entry.cost_micros == 202_000
    team = Counter.objects.get(project=None, user=None, period=Period.MONTH)
    assert (team.held_micros, team.spent_micros, team.spent_images) == (0, 202_000, 2)


def test_usage_is_counted_when_a_hold_is_closed(cast: Cast) -> None:
    actions.settle(hold(cast, images=2, micros=200).pk, images=2, outcome=Outcome("succeeded", seconds=12.4))
    actions.settle(hold(cast, images=2).pk, images=1, outcome=Outcome("succeeded", seconds=12.6))
    actions.release(hold(cast).pk, outcome=Outcome("failed", failure="rate_limit"))
    actions.release(hold(cast).pk, outcome=Outcome("cancelled"))
    actions.settle(hold(cast).pk, images=1, reason="presumed charged")
    hour = UsageHour.objects.get()
    assert (hour.succeeded, hour.failed, hour.cancelled) == (2, 1, 1)
    assert (hour.images, hour.spent_micros, hour.unpriced_images) == (4, 200, 2)
    tallies = UsageTally.objects.order_by("kind").values_list("kind", "name", "count")
    assert list(tallies) == [("failure", "rate_limit", 1), ("seconds", "25", 2)]


def test_watchers_hear_once_of_each_share_of_a_limit(cast: Cast) -> None:
    quota = limit(project=cast.project, images=10)
    quota.watchers.set([cast.admin, cast.manager, cast.deactivated])
    hold(cast, images=4)
    assert not QuotaAlert.objects.exists()
    hold(cast, images=1)
    hold(cast, images=1)
    hold(cast, images=4)
    alerts = list(QuotaAlert.objects.order_by("id"))
    assert [alert.percent for alert in alerts] == [50, 80, 100]
    tell_watchers(alerts[-1].pk)
    told = [address for message in mail.outbox for address in message.to]
    assert sorted(told) == ["admin@example.com", "manager@example.com"]
    assert mail.outbox[0].subject == "Spring campaign: 100 % of a limit is used"
    assert "0 images spent and 10 images held of 10 images a month. 0 images left." in mail.outbox[0].body


def test_where_nobody_was_chosen_the_admins_hear(cast: Cast) -> None:
    limit(micros=DOLLAR)
    hold(cast, micros=DOLLAR)
    tell_watchers(QuotaAlert.objects.latest("percent").pk)
    assert [message.to for message in mail.outbox] == [["admin@example.com"]]
    assert "$0.00 spent and $1 held of $1 a month. $0.00 left." in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("period", [Period.MONTH, Period.TOTAL])
@pytest.mark.parametrize("means", ["a higher limit", "a grant"])
def test_who_was_told_hears_anew_where_more_was_allowed_since(cast: Cast, period: Period, means: str) -> None:
    limit(period=period, images=5)
    hold(cast, images=5)
    tell_all()
    if means == "a grant":
        until = timezone.localdate() + timedelta(days=1)
        give_grant(scope=TEAM, period=period, unit=Unit.IMAGES, amount=5, ends_on=until, by=cast.admin)
    else:
        set_limit(scope=TEAM, period=period, max_images=10, max_micros=None, by=cast.admin)
    hold(cast, images=2)
    assert tell_all() == []
    hold(cast, images=3)
    assert tell_all() == ["The team: 100 % of a limit is used"]


@pytest.mark.django_db(transaction=True)
def test_a_limit_that_was_lowered_is_told_of_once_for_what_it_is_now(cast: Cast) -> None:
    limit(images=10)
    hold(cast, images=5)
    tell_all()
    set_limit(scope=TEAM, period=Period.MONTH, max_images=7, max_micros=None, by=cast.admin)
    hold(cast, images=1)
    assert tell_all() == ["The team: 80 % of a limit is used"]


def tell_all() -> list[str]:
    """Write all mail about limits that is due, and return its subjects."""
    return [message.subject for message in do_chores("tell_watchers")]


def test_a_press_at_midnight_is_held_to_the_day_in_which_it_was_written(cast: Cast) -> None:
    limit(period=Period.DAY, images=1)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(OverLimit):
        hold_yesterday(cast, yesterday, images=2)
    hold_yesterday(cast, yesterday, images=1)
    assert set(QuotaAlert.objects.values_list("starts_on", flat=True)) == {yesterday}
    hold(cast, images=1)


def hold_yesterday(cast: Cast, day: date, *, images: int) -> None:
    """What is written a moment before midnight, and checked a moment after."""
    with transaction.atomic(), gathered() as book:
        held = Hold.objects.create(project=cast.project, user=cast.contributor, images=images, day=day)
        LedgerEntry.objects.create(hold=held, kind=EntryKind.HELD, images=images)
        book.holds.append(held)
        book.count(held, Change(held_images=images))


def test_the_proof_finds_what_is_wrong(cast: Cast) -> None:
    held = hold(cast, images=2)
    counter = Counter.objects.get(project=cast.project, user=None, period=Period.DAY)
    Counter.objects.filter(pk=counter.pk).update(held_images=1)
    [sentence] = find_differences()
    assert sentence.startswith(f"The counter of project {cast.project.pk}, day from")
    Counter.objects.filter(pk=counter.pk).update(held_images=2)
    Hold.objects.filter(pk=held.pk).update(state="settled")
    assert any("closed it 0 times" in sentence for sentence in find_differences())
    Hold.objects.filter(pk=held.pk).update(state="open")
    actions.settle(held.pk, images=2)
    UsageHour.objects.update(images=3)
    assert any("Usage of" in sentence for sentence in find_differences())
    UsageHour.objects.update(images=2)
