"""Deciding about a generation that was read a while ago: meanwhile it may have been sent again, with another hold."""

from collections.abc import Callable

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation import actions
from studio.generation.engine import outcomes
from studio.generation.models import Generation, Status
from studio.generation.transitions import move
from studio.kit import clock
from studio.providers.types import Problem
from studio.spending.models import Counter, Hold, HoldState
from tests.cast import Cast

OWNER = "the pump"


def lose(generation: Generation) -> Generation:
    """Send what is queued, and have nobody know what became of it."""
    now = clock.now()
    assert move(generation, Status.SUBMITTING, at=now, lease_owner=OWNER, submitted_at=now)
    problem = Problem("Nobody answered.", code="no_answer")
    assert outcomes.maybe_accepted(generation, OWNER, now, problem=problem)
    return Generation.objects.get(pk=generation.pk)


@pytest.fixture
def queued(cast: Cast) -> Generation:
    install_catalog()
    batch = actions.queue_batch(
        project=cast.project,
        by=cast.contributor,
        model=find_model("nano-banana-2", "mountsea"),
        input={"prompt": "A fjord"},
    )
    return batch.generations.get()


@pytest.mark.parametrize(
    ("decide", "spent"), [(actions.discard, 2), (actions.mark_not_charged, 1)], ids=["discard", "not charged"]
)
def test_what_was_sent_again_and_lost_again_is_closed_with_its_own_hold(
    cast: Cast, queued: Generation, decide: Callable[..., None], spent: int
) -> None:
    read = lose(queued)
    actions.send_again(generation=Generation.objects.get(pk=read.pk), by=cast.manager)
    lose(read)
    decide(generation=read, by=cast.admin)
    assert_closed(spent)


def test_what_was_sent_again_is_cancelled_with_its_own_hold(cast: Cast, queued: Generation) -> None:
    read = Generation.objects.get(pk=queued.pk)
    actions.send_again(generation=lose(queued), by=cast.manager)
    actions.cancel(generation=read, by=cast.admin)
    assert_closed(1)


def assert_closed(spent: int) -> None:
    """Nothing is held any more, and what counts as charged is spent."""
    assert not Hold.objects.filter(state__in=(HoldState.OPEN, HoldState.KEPT)).exists()
    team = Counter.objects.get(project=None, user=None, period="total")
    assert (team.held_images, team.spent_images) == (0, spent)
