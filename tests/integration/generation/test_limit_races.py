"""Many at once, with room for one: exactly one goes out, and nobody waits for anybody for ever."""

import random
from collections.abc import Callable, Sequence

import pytest
from django.db import transaction

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.models import Batch, Generation
from studio.people.models import User
from studio.projects.models import Project
from studio.spending import actions as spending
from studio.spending.counting import gathered
from studio.spending.models import Hold, Quota
from studio.spending.periods import Period
from studio.spending.verifying import find_differences
from tests.cast import Cast
from tests.factories import ProjectFactory, UserFactory
from tests.integration.people.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

ROUNDS, PRESSES = 20, 50
TRANSACTIONS, THREADS = 240, 12


def test_of_fifty_presses_with_room_for_one_exactly_one_goes_out(cast: Cast) -> None:
    install_catalog()
    model = find_model("nano-banana-2", "mountsea")
    quota = Quota.objects.create(period=Period.TOTAL, max_images=0)

    def press() -> None:
        queue_batch(project=cast.project, by=cast.contributor, model=model, input={"prompt": "A lake"})

    for number in range(1, ROUNDS + 1):
        Quota.objects.filter(pk=quota.pk).update(max_images=number)
        assert at_once(*[press] * PRESSES) == ["OverLimit"] * (PRESSES - 1) + ["done"]
        assert Batch.objects.count() == Generation.objects.count() == Hold.objects.count() == number
    assert find_differences() == []


def test_transactions_over_the_same_counters_never_deadlock(cast: Cast) -> None:
    """Each holds in several projects for several people, in any order, and closes in the other."""
    projects, people = [cast.project, ProjectFactory()], [cast.contributor, UserFactory()]
    chance = random.Random(7)
    places = [
        [(chance.choice(projects), chance.choice(people)) for _ in range(4)] for _ in range(TRANSACTIONS)
    ]
    for first in range(0, TRANSACTIONS, THREADS):
        done = at_once(*[spend(there) for there in places[first : first + THREADS]])
        assert done == ["done"] * THREADS
    assert Hold.objects.filter(state="settled").count() == 4 * TRANSACTIONS
    assert find_differences() == []


def spend(places: Sequence[tuple[Project, User]]) -> Callable[[], None]:
    def act() -> None:
        with transaction.atomic(), gathered():
            holds = [spending.hold(project=project, by=person, images=1) for project, person in places]
        with transaction.atomic(), gathered():
            for held in reversed(holds):
                spending.settle(held.pk, images=1)

    return act
