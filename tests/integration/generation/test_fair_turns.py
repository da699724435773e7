"""One person's many images do not hold up another's one: the real engine, before a provider that is slow to take them."""

import time
from datetime import timedelta

import pytest

from studio.catalog.queries import find_model
from studio.generation.models import Generation, Status
from studio.keys.actions import Limits, change_limits
from studio.keys.models import ApiKey
from studio.kit import clock
from studio.people.models import User
from tests.integration.generation.conftest import Engine
from tests.integration.generation.running import running_slice, wait_until

MANY = 200
AT_ONCE = 8


def press_often(engine: Engine, person: User, *, word: str) -> None:
    for _ in range(MANY // AT_ONCE):
        engine.queue(f"{word} [sandbox:slow=40]", calls=AT_ONCE, by=person)


def limit_key(engine: Engine, limits: Limits) -> None:
    key = ApiKey.objects.get(provider=engine.nano_banana.provider)
    change_limits(key=key, limits=limits, by=None)


def arrivals(engine: Engine) -> list[str]:
    """Return whose requests the provider got, in the order of their arrival."""
    listed = sorted(engine.server.bill()["submissions"], key=lambda one: one["submitted_at"])
    return [one["prompt"].split()[0] for one in listed]


def test_two_hundred_of_one_person_before_few_places(engine: Engine) -> None:
    limit_key(engine, Limits(max_in_flight=3))
    press_often(engine, engine.cast.manager, word="many")
    with running_slice():
        wait_until(lambda: Generation.objects.filter(status=Status.RUNNING).count() == 3)
        one = engine.queue("single", by=engine.cast.contributor)
        wait_until(lambda: len(arrivals(engine)) >= 6)
    # It goes out with the next place that is free, before the 197 that were waiting before it.
    assert arrivals(engine)[:3] == ["many"] * 3
    assert "single" in arrivals(engine)[3:6]
    sent = Generation.objects.filter(submitted_at__isnull=False).order_by("submitted_at", "id")
    fourth = sent.values_list("submitted_at", flat=True)[3]
    assert one.generations.get().submitted_at == fourth
    assert Generation.objects.filter(status=Status.QUEUED).count() > MANY // 2


def test_two_hundred_of_one_person_before_a_limit_per_minute(engine: Engine) -> None:
    limit_key(engine, Limits(max_per_minute=4))
    press_often(engine, engine.cast.manager, word="many")
    with running_slice():
        wait_until(lambda: len(arrivals(engine)) == 4)
        one = engine.queue("single", by=engine.cast.contributor)
        # A scan that has begun before doesn't know it yet.
        time.sleep(0.5)
        # A minute later, as far as the limit can tell.
        Generation.objects.filter(submitted_at__isnull=False).update(
            submitted_at=clock.now() - timedelta(minutes=2)
        )
        wait_until(lambda: len(arrivals(engine)) == 8)
    assert sorted(arrivals(engine)[4:8]) == ["many", "many", "many", "single"]
    assert one.generations.get().submitted_at
    assert Generation.objects.filter(status=Status.QUEUED).count() == MANY + 1 - 8


@pytest.mark.parametrize("people", [3])
def test_three_who_press_at_once_take_turns(engine: Engine, people: int) -> None:
    limit_key(engine, Limits(max_in_flight=1))
    cast = engine.cast
    for person, word in ((cast.manager, "a"), (cast.contributor, "b"), (cast.admin, "c")):
        engine.queue(f"{word} pear", calls=3, by=person, model=find_model("nano-banana-2", "mountsea"))
    engine.run()
    assert arrivals(engine) == ["a", "b", "c"] * people
