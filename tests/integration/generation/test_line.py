"""Where the page says that a generation stands is where the engine takes it from."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from studio.catalog.models import ImageModel, Provider
from studio.generation.line import Place, choose_next, line_before, places_in_line
from studio.generation.models import Batch, Generation, Status
from studio.keys.actions import ensure_sandbox_keys
from studio.people.models import User
from tests.bench.markup import parse
from tests.cast import Cast
from tests.pictures import make_batch, make_generation


@pytest.fixture
def batches(cast: Cast) -> dict[User, Batch]:
    people = (cast.manager, cast.contributor, cast.admin)
    made = {person: make_batch(cast.project, person) for person in people}
    ensure_sandbox_keys()
    return made


def provider_of(batch: Batch) -> Provider:
    return batch.model.provider


def queue(batch: Batch, **fields: object) -> Generation:
    return make_generation(batch, status=Status.QUEUED, **fields)


def places(generations: list[Generation]) -> list[int]:
    found = places_in_line(generations, timezone.now())
    return [found[generation.pk].number for generation in generations]


def test_a_hundred_of_one_person_do_not_stand_before_one_of_another(
    cast: Cast, batches: dict[User, Batch]
) -> None:
    many = [queue(batches[cast.manager]) for _ in range(5)]
    one = queue(batches[cast.contributor])
    assert places([*many, one]) == [1, 3, 4, 5, 6, 2]


def test_what_is_under_way_counts(cast: Cast, batches: dict[User, Batch]) -> None:
    key = provider_of(batches[cast.manager]).keys.get()
    for _ in range(2):
        make_generation(batches[cast.manager], status=Status.RUNNING, task_id="hub-1", key=key)
    first = queue(batches[cast.manager])
    others = [queue(batches[cast.contributor]) for _ in range(3)]
    assert places([first, *others]) == [3, 1, 2, 4]


def test_what_is_under_way_at_another_provider_does_not(cast: Cast, batches: dict[User, Batch]) -> None:
    elsewhere = Provider.objects.get(slug="modelstream").keys.get()
    make_generation(batches[cast.manager], status=Status.RUNNING, task_id="ms-1", key=elsewhere)
    assert places([queue(batches[cast.manager]), queue(batches[cast.contributor])]) == [1, 2]


def test_what_waits_for_a_time_stands_nowhere(cast: Cast, batches: dict[User, Batch]) -> None:
    later = queue(batches[cast.manager], next_action_at=timezone.now() + timedelta(minutes=1))
    now = queue(batches[cast.manager])
    assert places_in_line([later, now], timezone.now()) == {now.pk: Place(1, 0)}


def test_another_provider_has_a_line_of_its_own(cast: Cast, batches: dict[User, Batch]) -> None:
    first, second = queue(batches[cast.manager]), queue(batches[cast.manager])
    other = ImageModel.objects.filter(provider__slug="modelstream", slug="NB2").get()
    elsewhere = make_batch(cast.project, cast.manager)
    Batch.objects.filter(pk=elsewhere.pk).update(model=other)
    elsewhere.refresh_from_db()
    there = queue(elsewhere)
    assert places([first, second, there]) == [1, 2, 1]


@pytest.mark.parametrize("seed", range(8))
def test_the_engine_takes_them_in_the_order_that_is_shown(
    cast: Cast, batches: dict[User, Batch], seed: int
) -> None:
    dice = random.Random(seed)
    key = provider_of(batches[cast.manager]).keys.get()
    now = timezone.now()
    for person, batch in batches.items():
        for _ in range(dice.randrange(3)):
            sent_at = now - timedelta(minutes=dice.randrange(1, 4))
            make_generation(batch, status=Status.RUNNING, task_id="hub-1", key=key, submitted_at=sent_at)
        if dice.random() < 0.5:
            make_generation(batches[person], submitted_at=now - timedelta(minutes=5))
    queued = [queue(batches[dice.choice(list(batches))]) for _ in range(12)]
    shown = places_in_line(queued, timezone.now())
    assert sorted(place.number for place in shown.values()) == list(range(1, 13))
    expected = sorted(shown, key=lambda id: shown[id].number)
    provider = provider_of(batches[cast.manager])
    for count in (1, 3, 5, 11):
        line = line_before(provider, timezone.now())
        assert choose_next(line, provider, count) == expected[:count]
    # One after the other, as places become free, is the same order.
    taken = []
    while found := choose_next(line_before(provider, timezone.now()), provider, 1):
        sending = Generation.objects.filter(id__in=found)
        sending.update(status=Status.SUBMITTING, key=key, submitted_at=timezone.now())
        taken += found
    assert taken == expected


def test_the_line_is_never_read_as_a_whole(cast: Cast, batches: dict[User, Batch]) -> None:
    for _ in range(6):
        queue(batches[cast.contributor])
    last = queue(batches[cast.manager])
    assert places([last]) == [2]
    with CaptureQueriesContext(connection) as few:
        assert places_in_line([last], timezone.now())
    for _ in range(30):
        queue(batches[cast.contributor])
    with CaptureQueriesContext(connection) as many:
        assert places_in_line([last], timezone.now())
    assert len(many) == len(few) == 4


def test_the_card_and_the_page_of_the_generation_say_the_place(
    cast: Cast, batches: dict[User, Batch], settings: Settings
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    batches.pop(cast.admin).delete()
    queue(batches[cast.contributor])
    queue(batches[cast.manager])
    third = queue(batches[cast.contributor])
    for person, words in (
        (cast.contributor, "3rd in line, 1 of yours ahead"),
        (cast.manager, "3rd in line"),
    ):
        client = cast.client(person)
        for address in ("/p/spring/", f"/p/spring/generations/{third.pk}/"):
            shown = parse(client.get(address).content.decode()).find(f"#generation-{third.pk}")
            assert shown
            assert words in shown.text()
            assert ("yours" in shown.text()) is ("yours" in words)
