"""The button pressed twice at once, and pressed while the queue is away."""

import threading
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction

from studio.generation import actions
from studio.generation.models import Batch, Generation
from studio.kit.errors import Conflict
from tests.integration.generation.conftest import Engine
from tests.integration.generation.test_faults_slice import without_table


def test_two_processes_that_get_the_same_press_make_one_batch(engine: Engine) -> None:
    """With PostgreSQL both look before either has committed, and the second meets the constraint."""
    press = uuid4()
    before = engine.queue("first")
    answers: list[object] = []

    def press_again() -> None:
        try:
            answers.append(
                actions.queue_batch(
                    project=engine.cast.project,
                    by=engine.cast.contributor,
                    model=engine.nano_banana,
                    input=before.input,
                    press=press,
                )
            )
        except Exception as error:  # noqa: BLE001  compared below
            answers.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=press_again)
    with transaction.atomic():
        batch = Batch.objects.create(
            project=engine.cast.project,
            author=engine.cast.contributor,
            model=engine.nano_banana,
            schema=before.schema,
            prompt="first",
            input=before.input,
            press=press,
        )
        thread.start()
        thread.join(timeout=1)
    thread.join(timeout=20)
    assert answers == [batch]


def test_what_is_queued_while_the_queue_is_away_is_queued_all_the_same(engine: Engine) -> None:
    with without_table("django_q_ormq"):
        engine.queue("a note under the door")
    engine.run()
    assert Generation.objects.get().status == "succeeded"


def test_a_failed_generation_that_two_people_retry_is_sent_once_more(engine: Engine) -> None:
    generation = engine.make("a stubborn goat [sandbox:fail]")
    batches = {
        actions.retry(generation=generation, by=person).pk
        for person in (engine.cast.contributor, engine.cast.contributor, engine.cast.manager)
    }
    engine.run()
    assert len(batches) == 1
    assert len(engine.server.submissions("a stubborn goat [sandbox:fail]")) == 2


def test_a_press_of_another_project_is_refused_in_words(engine: Engine) -> None:
    press, given = uuid4(), engine.queue("elsewhere").input
    queue = partial(
        actions.queue_batch, by=engine.cast.contributor, model=engine.nano_banana, input=given, press=press
    )
    queue(project=engine.cast.team_project)
    with pytest.raises(Conflict, match="sent already"):
        queue(project=engine.cast.project)
