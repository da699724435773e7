"""A hold is opened once, closed once, and the ledger keeps every line."""

import pytest
from django.db import IntegrityError, transaction

from studio.spending import actions
from studio.spending.models import EntryKind, HoldState, LedgerEntry
from studio.spending.queries import usage_this_month
from tests.cast import Cast


def test_a_hold_is_closed_exactly_once(cast: Cast) -> None:
    hold = actions.hold(project=cast.project, by=cast.contributor, images=3)

    assert actions.settle(hold.id, images=2)
    assert not actions.settle(hold.id, images=2)
    assert not actions.release(hold.id)
    hold.refresh_from_db()
    assert hold.state == HoldState.SETTLED
    assert list(hold.entries.order_by("id").values_list("kind", "images")) == [("held", 3), ("settled", 2)]


def test_the_database_refuses_a_second_closing_line(cast: Cast) -> None:
    hold = actions.hold(project=cast.project, by=cast.contributor, images=1)
    actions.settle(hold.id, images=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(hold=hold, kind=EntryKind.RELEASED, images=0)


def test_a_kept_hold_counts_as_held_until_it_is_decided(cast: Cast) -> None:
    hold = actions.hold(project=cast.project, by=cast.contributor, images=2)
    actions.keep(hold.id)
    assert usage_this_month(cast.project).held == 2

    actions.settle(hold.id, images=2, reason="presumed charged")
    usage = usage_this_month(cast.project, cast.contributor)
    assert (usage.held, usage.spent) == (0, 2)


def test_a_released_hold_costs_nothing(cast: Cast) -> None:
    hold = actions.hold(project=cast.project, by=cast.contributor, images=2)
    actions.release(hold.id)
    usage = usage_this_month(cast.project)
    assert (usage.held, usage.spent) == (0, 0)
