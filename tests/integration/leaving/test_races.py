"""Two at once, where somebody leaves: no press slips through, and no project is left without a manager."""

from collections.abc import Callable

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.models import Generation, Status
from studio.leaving.actions import deactivate
from studio.projects.actions import leave_project
from studio.projects.models import Membership, ProjectRole
from studio.spending.models import Hold, HoldState
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.integration.people.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_press_at_the_moment_of_leaving_is_refused_or_cancelled(cast: Cast) -> None:
    install_catalog()
    model = find_model("nano-banana-2", "mountsea")

    def press() -> object:
        return queue_batch(
            project=cast.project, by=cast.contributor, model=model, input={"prompt": "A fjord"}, calls=2
        )

    outcomes = at_once(press, press, press, lambda: deactivate(person=cast.contributor, by=cast.admin))
    assert "done" in outcomes
    assert not Generation.objects.exclude(status=Status.CANCELLED).exists()
    assert not Hold.objects.exclude(state=HoldState.RELEASED).exists()


def test_of_two_managers_who_go_at_once_one_hands_over(cast: Cast) -> None:
    other = MembershipFactory(project=cast.project, role=ProjectRole.MANAGER).user
    acts: list[Callable[[], object]] = [
        lambda: deactivate(person=cast.manager, by=cast.admin),
        lambda: leave_project(project=cast.project, by=other),
    ]
    assert at_once(*acts) == ["Conflict", "done"]
    assert Membership.objects.managing().filter(project=cast.project).count() == 1


def test_who_takes_over_and_goes_at_the_same_moment_leaves_no_project_behind(cast: Cast) -> None:
    acts: list[Callable[[], object]] = [
        lambda: deactivate(person=cast.manager, heir=cast.contributor, by=cast.admin),
        lambda: deactivate(person=cast.contributor, by=cast.admin),
    ]
    assert at_once(*acts) == ["Conflict", "done"]
    assert Membership.objects.managing().filter(project=cast.project).count() == 1
