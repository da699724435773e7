"""Two at once, where somebody leaves: no press slips through, and no project is left without a manager."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.asking import approve
from studio.generation.models import Generation, LimitRequest, RequestState, Status
from studio.leaving.actions import deactivate
from studio.people.models import User
from studio.projects.actions import leave_project
from studio.projects.models import Membership, ProjectRole
from studio.spending.models import Hold, HoldState
from tests.asking import make_request
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


def test_who_approves_while_the_asker_leaves_waits_for_nobody_who_waits(cast: Cast) -> None:
    request = make_request(cast)
    for _ in range(5):
        User.objects.filter(pk=cast.contributor.pk).update(is_active=True)
        waiting = {"state": RequestState.WAITING, "decided_at": None, "batch": None, "grant": None}
        LimitRequest.objects.update(press=uuid4(), **waiting)
        outcomes = at_once(
            lambda: approve(request=request, amount=10, ends_on=request.ends_on, by=cast.admin),
            lambda: deactivate(person=cast.contributor, by=cast.admin),
        )
        assert outcomes in (["Conflict", "done"], ["done", "done"])
        assert not Hold.objects.exclude(state=HoldState.RELEASED).exists()
