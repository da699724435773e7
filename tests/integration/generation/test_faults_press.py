"""The button pressed twice at once, and pressed while the queue is away."""

import threading
from uuid import uuid4

from django.db import connection, transaction

from studio.generation import actions
from studio.generation.models import Batch, Generation
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
