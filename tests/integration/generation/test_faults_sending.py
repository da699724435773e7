"""Trouble before the request goes out, and trouble with the key while polling."""

from studio.generation.engine.slice import run_slice
from studio.generation.models import Batch, Generation, Status, Upload
from studio.keys.models import ApiKey
from studio.kit.storage import media_path, new_upload_name
from studio.spending.models import Hold, HoldState
from tests.integration.generation.conftest import Engine


def queue_with_reference(engine: Engine, upload_id: int) -> Generation:
    batch = engine.queue("after the master", by=engine.cast.contributor)
    Batch.objects.filter(id=batch.id).update(input={**batch.input, "image_urls": [{"upload": upload_id}]})
    return batch.generations.get()


def assert_nothing_was_sent(engine: Engine, generation: Generation) -> None:
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert "sent" in generation.problem
    assert Hold.objects.get(id=generation.hold_id).state == HoldState.RELEASED
    assert engine.server.bill()["attempts"] == {}


def test_a_reference_that_is_gone_is_not_sent_as_its_number(engine: Engine) -> None:
    generation = queue_with_reference(engine, 987_654)
    run_slice()
    assert_nothing_was_sent(engine, generation)


def test_a_reference_that_cannot_be_read_leaves_nothing_unknown(engine: Engine) -> None:
    name = new_upload_name("png")
    media_path(name).mkdir()  # as unreadable as a broken disk
    upload = Upload.objects.create(
        project=engine.cast.project,
        author=engine.cast.contributor,
        file=name,
        name="dune.png",
        format="png",
        width=1,
        height=1,
        size_bytes=1,
        sha256="0" * 64,
    )
    generation = queue_with_reference(engine, upload.id)
    run_slice()
    assert_nothing_was_sent(engine, generation)


def test_a_key_whose_polls_are_too_many_rests(engine: Engine) -> None:
    generation = engine.make("a busy desk [sandbox:poll=429]")

    assert generation.status == Status.SUCCEEDED, generation.problem
    key = ApiKey.objects.get(provider__slug="mountsea")
    assert key.resting_until is not None
