"""A slice when something goes wrong around it: what is on the wire is paid for and must not be cut."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django_q.models import OrmQ

from studio.generation import actions
from studio.generation.engine.slice import run_slice
from studio.generation.models import Batch, Generation, PumpLease, Status
from studio.keys.models import ApiKey
from studio.kit import clock
from tests.integration.generation.conftest import Engine
from tests.integration.generation.running import running_slice, wait_until


@contextmanager
def without_table(name: str) -> Iterator[None]:
    """Take a table away, as a broken queue or database would."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {name}_away RENAME TO {name}")


def test_a_paid_request_is_waited_for_though_no_successor_can_be_called(engine: Engine) -> None:
    ApiKey.objects.update(max_submitting=1)
    prompt = "a long exposure [sandbox:slow=40]"
    batch = engine.queue(prompt, model=engine.nb2, calls=2)
    first = batch.generations.order_by("id").first()
    assert first is not None
    with without_table("django_q_ormq"), running_slice():
        wait_until(lambda: len(engine.server.submissions(prompt)) == 1)
    first.refresh_from_db()
    assert first.status == Status.FETCHING

    engine.run()
    assert len(engine.server.submissions(prompt)) == 2
    assert not batch.generations.exclude(status=Status.SUCCEEDED).exists()


def test_a_slice_does_not_give_up_what_it_is_sending_itself(engine: Engine) -> None:
    """After a suspended machine or a jump of the clock all leases have run out at once."""
    prompt = "an hourglass [sandbox:slow=40]"
    generation = engine.queue(prompt, model=engine.nb2).generations.get()
    with running_slice():
        wait_until(lambda: len(engine.server.submissions(prompt)) == 1)
        Generation.objects.filter(id=generation.id).update(lease_until=clock.now() - timedelta(hours=1))
        wait_until(lambda: engine.status_of(generation) != Status.SUBMITTING)
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED, generation.problem
    assert len(engine.server.submissions(prompt)) == 1


def test_what_a_drain_hands_over_finds_somebody(engine: Engine) -> None:
    prompt = "a baton [sandbox:slow=40]"
    generation = engine.queue(prompt, model=engine.nb2).generations.get()
    OrmQ.objects.all().delete()
    with running_slice():
        wait_until(lambda: len(engine.server.submissions(prompt)) == 1)
        PumpLease.objects.update(owner="somebody else", until=clock.now() + timedelta(seconds=0.6))
        wait_until(lambda: engine.status_of(generation) == Status.FETCHING)
        wait_until(lambda: OrmQ.objects.exists(), timeout_s=3)


def test_an_intent_that_cannot_be_acted_on_is_not_written(engine: Engine) -> None:
    batch = engine.queue("a torn envelope")
    Batch.objects.filter(id=batch.id).update(input={"image_urls": [{"upload": 1}]})
    with without_table("studio_upload"):
        # Nothing can be taken, so the slice ends by itself.
        run_slice()

    generation = batch.generations.get()
    assert generation.status == Status.QUEUED
    assert generation.attempt == 0


def test_everybody_gets_a_turn_when_slots_are_few(engine: Engine) -> None:
    ApiKey.objects.update(max_submitting=1, max_in_flight=1)
    for number in range(4):
        engine.queue(f"many {number}")
    engine.queue("the only one", by=engine.cast.manager)
    engine.run()

    order = list(Generation.objects.order_by("submitted_at").values_list("batch__prompt", flat=True))
    assert order.index("the only one") <= 1


def test_what_stays_pending_is_not_asked_about_for_ever_after_check_again(engine: Engine) -> None:
    generation = engine.queue("a slow clock").generations.get()
    Generation.objects.filter(id=generation.id).update(
        status=Status.UNKNOWN, task_id="t", next_action_at=None
    )
    generation.refresh_from_db()
    actions.check_again(generation=generation, by=engine.cast.contributor)
    generation.refresh_from_db()
    assert generation.deadline_at is not None
    assert generation.deadline_at > clock.now()


def test_an_overdue_generation_is_asked_about_before_it_is_given_up(engine: Engine) -> None:
    """Studio was off over night; the provider has long finished."""
    generation = engine.queue("a sleeper [sandbox:slow=10]").generations.get()
    with running_slice():
        wait_until(lambda: engine.status_of(generation) == Status.RUNNING)
    Generation.objects.filter(id=generation.id).update(deadline_at=clock.now() - timedelta(hours=8))
    time.sleep(1)
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED, generation.problem
