"""Several keys of one provider: which one a generation goes out with, and what becomes of the others."""

from datetime import timedelta

import pytest

from studio.generation.engine import claims
from studio.generation.keyring import check_not_needed, remove_key, retire_finished_keys, rotate_out
from studio.generation.models import Generation, Status
from studio.keys.actions import Limits, add_key, change_limits, pause_key, rotate_key
from studio.keys.models import ApiKey, KeyState
from studio.keys.queries import waiting_reason
from studio.kit import clock
from studio.kit.errors import Conflict
from tests.integration.generation.conftest import Engine

LEASE = timedelta(seconds=60)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keys(engine: Engine) -> list[ApiKey]:
    """Two real keys of a provider that the sandbox plays, the first with priority."""
    provider = engine.nano_banana.provider
    address = engine.server.url
    provider.base_url, provider.allowed_hosts = address, [address.removeprefix("http://")]
    provider.save()
    return [
        add_key(provider=provider, label=label, secret=f"ms-{label}-1234567890", limits=Limits(priority=at))
        for at, label in enumerate(("main", "spare"), 1)
    ]


def started(engine: Engine, count: int) -> list[int | None]:
    """Queue so many and write the intents; return with which keys."""
    batch = engine.queue("A pear", calls=count)
    claims.start_submissions("me", clock.now(), LEASE)
    return list(batch.generations.order_by("id").values_list("key_id", flat=True))


def test_the_first_by_priority_is_filled_and_then_the_next(engine: Engine, keys: list[ApiKey]) -> None:
    change_limits(key=keys[0], limits=Limits(max_submitting=2, priority=1), by=None)
    main, spare = (key.pk for key in keys)
    assert started(engine, 4) == [main, main, spare, spare]
    assert ApiKey.objects.filter(last_used_at__isnull=False).count() == 2


def test_equal_keys_share_the_work(engine: Engine, keys: list[ApiKey]) -> None:
    change_limits(key=keys[1], limits=Limits(priority=1), by=None)
    main, spare = (key.pk for key in keys)
    assert sorted(started(engine, 4), key=str) == [main, main, spare, spare]


def test_a_minute_takes_only_so_many(engine: Engine, keys: list[ApiKey]) -> None:
    for key in keys:
        change_limits(key=key, limits=Limits(max_per_minute=1, priority=key.priority), by=None)
    main, spare = (key.pk for key in keys)
    assert started(engine, 3) == [main, spare, None]
    Generation.objects.filter(key_id=main).update(submitted_at=clock.now() - timedelta(seconds=61))
    claims.start_submissions("me", clock.now(), LEASE)
    assert Generation.objects.filter(key_id=main).count() == 2


@pytest.mark.parametrize(
    ("word", "state"), [("bad", KeyState.UNAUTHORISED), ("empty", KeyState.OUT_OF_CREDIT)]
)
def test_what_one_key_is_refused_goes_out_with_the_next(
    engine: Engine, keys: list[ApiKey], word: str, state: KeyState
) -> None:
    refused = rotate_out(key=keys[0], secret=f"ms-{word}-1234567890", by=None)
    generation = engine.make("A pear")
    generation.refresh_from_db()
    assert (generation.status, generation.key_id) == (Status.SUCCEEDED, keys[1].pk)
    assert ApiKey.objects.get(pk=refused.pk).state == state


def test_what_waits_says_why_when_no_key_is_left(engine: Engine, keys: list[ApiKey]) -> None:
    for key in keys:
        pause_key(key_id=key.pk, by=None)
    generation = engine.queue("A pear").generations.get()
    engine.run(1)
    assert engine.status_of(generation) == Status.QUEUED
    assert waiting_reason(engine.nano_banana.provider).endswith("is paused. An admin can resume it.")


def test_running_generations_keep_a_rotated_key_until_they_end(engine: Engine, keys: list[ApiKey]) -> None:
    main, spare = keys
    assert started(engine, 1) == [main.pk]
    Generation.objects.update(status=Status.RUNNING, task_id="hub-1")
    pause_key(key_id=spare.pk, by=None)
    fresh = rotate_out(key=main, secret="ms-fresh-1234567890", by=None)

    assert started(engine, 1) == [fresh.pk]
    assert ApiKey.objects.get(pk=main.pk).state == KeyState.RETIRING
    Generation.objects.filter(key=main).update(
        status=Status.SUCCEEDED, next_action_at=None, finished_at=clock.now()
    )
    assert retire_finished_keys() == 1
    assert ApiKey.objects.get(pk=main.pk).state == KeyState.RETIRED


def test_a_rotated_key_retires_when_its_last_picture_is_there(engine: Engine, keys: list[ApiKey]) -> None:
    generation = engine.queue("A pear").generations.get()
    main = keys[0]
    claims.start_submissions("gone", clock.now(), LEASE)
    Generation.objects.update(status=Status.QUEUED, key=None, lease_owner="", lease_until=None)
    rotate_out(key=main, secret="ms-fresh-1234567890", by=None)
    engine.run()
    assert engine.status_of(generation) == Status.SUCCEEDED
    assert ApiKey.objects.get(pk=main.pk).state == KeyState.RETIRED


def test_a_slice_retires_at_its_end_what_was_rotated_out(engine: Engine, keys: list[ApiKey]) -> None:
    # Without a look at what is under way, as when something was.
    rotate_key(key=keys[0], secret="ms-fresh-1234567890", by=None)
    assert ApiKey.objects.get(pk=keys[0].pk).state == KeyState.RETIRING
    engine.make("A pear")
    assert ApiKey.objects.get(pk=keys[0].pk).state == KeyState.RETIRED


@pytest.mark.parametrize("marker", ["400", "cancelled"])
def test_a_provider_that_repeats_the_key_tells_nobody(
    engine: Engine, keys: list[ApiKey], marker: str
) -> None:
    told = engine.make(f"A pear [sandbox:{marker}]").problem_words
    # The longest of the sandbox's own words, taken for a secret: it repeats that one.
    secret = max((word.strip(".") for word in told.split()), key=len)
    assert secret in told
    for key in keys:
        pause_key(key_id=key.pk, by=None)
    add_key(provider=engine.nano_banana.provider, label="Repeated", secret=secret)
    repeated = engine.make(f"A pear [sandbox:{marker}]").problem_words
    assert repeated == told.replace(secret, "[API key]")


def test_a_key_is_not_deleted_while_generations_need_it(engine: Engine, keys: list[ApiKey]) -> None:
    main, spare = keys
    started(engine, 2)
    with pytest.raises(Conflict, match="2 generations still need this key"):
        remove_key(key_id=main.pk, by=None)
    Generation.objects.update(status=Status.UNKNOWN, next_action_at=None, task_id="hub-1")
    with pytest.raises(Conflict, match="need this key"):
        check_not_needed(main)
    Generation.objects.update(task_id="")
    assert remove_key(key_id=main.pk, by=None).secret_encrypted == ""
    assert remove_key(key_id=spare.pk, by=None)
