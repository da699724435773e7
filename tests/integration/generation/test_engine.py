"""What becomes of a generation, seen from the row, the ledger and the provider's bill."""

import hashlib
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from studio.gallery.filters import Filters
from studio.gallery.pages import gallery_page
from studio.generation import actions
from studio.generation.engine.slice import run_slice
from studio.generation.models import Generation, Image, PumpLease, Status
from studio.kit import clock
from studio.kit.storage import media_path, thumbnail_name
from studio.live.models import Change
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry
from tests.integration.generation.conftest import Engine


def hold_of(generation: Generation) -> Hold:
    return Hold.objects.get(id=generation.hold_id)


def settled_images(generation: Generation) -> int:
    return LedgerEntry.objects.get(hold_id=generation.hold_id, kind=EntryKind.SETTLED).images


def test_an_asynchronous_generation_ends_with_its_images_stored(engine: Engine) -> None:
    generation = engine.make("a quiet lake at dawn", num_images=2, aspect_ratio="16:9", output_format="webp")

    assert generation.status == Status.SUCCEEDED, generation.problem
    images = list(generation.images.order_by("position"))
    billed = engine.server.submissions("a quiet lake at dawn")
    assert len(billed) == 1
    assert [(image.width, image.height, image.format) for image in images] == [
        (billed[0]["width"], billed[0]["height"], "webp")
    ] * 2
    for image in images:
        content = media_path(image.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == image.sha256
        assert len(content) == image.size_bytes
        assert media_path(thumbnail_name(image.file, 640)).exists()
    assert hold_of(generation).state == HoldState.SETTLED
    assert settled_images(generation) == 2
    found = gallery_page(generation.project, generation.author, Filters(text="quiet lake"))
    assert [image for day in found.days for image in day.images] == list(reversed(images))


def test_a_synchronous_generation_ends_with_its_image_stored(engine: Engine) -> None:
    generation = engine.make("a red kite over dunes", model=engine.nb2, size="4:3", quality="1K")

    assert generation.status == Status.SUCCEEDED, generation.problem
    image = generation.images.get()
    billed = engine.server.submissions("a red kite over dunes")[0]
    assert (image.width, image.height, image.format) == (billed["width"], billed["height"], billed["format"])
    assert settled_images(generation) == 1


def test_base64_answers_become_files_and_leave_nothing_behind(engine: Engine) -> None:
    generation = engine.make("spheres on linen [sandbox:b64]", model=engine.nb2)

    assert generation.status == Status.SUCCEEDED, generation.problem
    assert generation.images.get().sha256
    incoming = media_path("incoming/x").parent
    assert [path for path in incoming.rglob("*") if path.is_file()] == []


def test_each_call_of_a_batch_is_its_own_generation_and_hold(engine: Engine) -> None:
    batch = engine.queue("four ways to see a pear", model=engine.nb2, calls=4)
    engine.run()

    assert [one.status for one in batch.generations.order_by("position")] == [Status.SUCCEEDED] * 4
    assert engine.server.bill()["total"]["charged_images"] == 4
    assert LedgerEntry.objects.filter(kind=EntryKind.SETTLED).count() == 4


@pytest.mark.parametrize(
    ("marker", "status", "state", "words"),
    [
        ("fail", Status.FAILED, HoldState.RELEASED, "charged"),
        ("refuse", Status.FAILED, HoldState.RELEASED, "charged"),
        ("timeout", Status.FAILED, HoldState.RELEASED, "charged"),
        ("cancelled", Status.FAILED, HoldState.RELEASED, "charged"),
        ("text", Status.FAILED, HoldState.SETTLED, "charged"),
        ("file404", Status.FAILED, HoldState.SETTLED, "charged"),
        ("filebroken", Status.FAILED, HoldState.SETTLED, "charged"),
        ("500", Status.UNKNOWN, HoldState.KEPT, "charged"),
        ("html", Status.UNKNOWN, HoldState.KEPT, "charged"),
        ("reset", Status.UNKNOWN, HoldState.KEPT, "before Mountsea's answer was complete. It may have been"),
    ],
)
def test_every_end_has_a_sentence_and_the_money_to_match(
    engine: Engine, marker: str, status: Status, state: HoldState, words: str
) -> None:
    prompt = f"a stone bridge [sandbox:{marker}]"
    generation = engine.make(prompt)

    assert generation.status == status
    assert words in generation.problem
    assert hold_of(generation).state == state
    assert engine.server.bill()["attempts"].get(prompt, 1) == 1


@pytest.mark.parametrize("marker", ["429=1", "503=1"])
def test_a_busy_provider_gets_the_request_again_later(engine: Engine, marker: str) -> None:
    generation = engine.make(f"a lighthouse [sandbox:{marker}]")

    assert generation.status == Status.SUCCEEDED, generation.problem
    assert generation.attempt == 2
    assert len(engine.server.submissions(f"a lighthouse [sandbox:{marker}]")) == 1


def test_fewer_images_than_asked_is_a_success_with_those(engine: Engine) -> None:
    generation = engine.make("owls [sandbox:fewer=1]", num_images=3)

    assert generation.status == Status.SUCCEEDED
    assert generation.images.count() == settled_images(generation) == 1
    assert hold_of(generation).images == 3


def test_an_unreachable_provider_costs_nothing_and_is_tried_again(engine: Engine) -> None:
    engine.server.stop()
    try:
        batch = engine.queue("a patient heron")
        run_slice()
        generation = batch.generations.get()
        assert generation.status == Status.QUEUED
        assert "Mountsea's server could not be reached" in generation.problem
        assert "Nothing was charged" in generation.problem
        assert hold_of(generation).state == HoldState.OPEN
    finally:
        engine.server.start()
    Generation.objects.update(next_action_at=clock.now())
    engine.run()
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert engine.server.bill()["idempotency"] == {"a patient heron": 1}


def test_a_submission_whose_slice_died_is_unknown_and_not_sent_again(engine: Engine) -> None:
    generation = engine.queue("a lost letter").generations.get()
    past = clock.now() - timedelta(seconds=1)
    key = engine.nano_banana.provider.keys.get()
    Generation.objects.filter(id=generation.id).update(
        status=Status.SUBMITTING, lease_owner="dead", lease_until=past, key=key, attempt=1, submitted_at=past
    )
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.UNKNOWN
    assert hold_of(generation).state == HoldState.KEPT
    assert engine.server.bill()["attempts"] == {}


def test_a_running_generation_of_a_dead_slice_is_taken_over(engine: Engine) -> None:
    generation = engine.queue("a relay race [sandbox:slow=6]").generations.get()
    run_until(engine, generation, Status.RUNNING)
    Generation.objects.filter(id=generation.id).update(lease_owner="dead", lease_until=clock.now())
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert len(engine.server.submissions("a relay race [sandbox:slow=6]")) == 1


def test_a_key_that_cannot_be_read_sends_nothing_and_loses_nothing(
    engine: Engine, settings: Settings
) -> None:
    generation = engine.queue("a locked box").generations.get()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    run_slice()

    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert hold_of(generation).state == HoldState.OPEN
    assert engine.server.bill()["attempts"] == {}


def test_a_second_slice_does_nothing_while_the_pump_is_held(engine: Engine) -> None:
    PumpLease.objects.create(name="pump", owner="other", until=clock.now() + timedelta(minutes=1))
    generation = engine.queue("a closed door").generations.get()
    run_slice()

    generation.refresh_from_db()
    assert generation.status == Status.QUEUED


def test_a_queued_generation_is_cancelled_for_free(engine: Engine) -> None:
    generation = engine.queue("never mind").generations.get()
    actions.cancel(generation=generation, by=engine.cast.contributor)
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED
    assert hold_of(generation).state == HoldState.RELEASED
    assert engine.server.bill()["attempts"] == {}


def test_images_of_a_cancelled_running_generation_go_to_the_trash_and_are_settled(engine: Engine) -> None:
    generation = engine.queue("too late [sandbox:slow=8]").generations.get()
    run_until(engine, generation, Status.RUNNING)
    actions.cancel(generation=generation, by=engine.cast.contributor)
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED
    assert Image.objects.get(generation=generation).deleted_at is not None
    assert settled_images(generation) == 1


def test_send_again_settles_the_old_hold_and_opens_a_new_one(engine: Engine) -> None:
    generation = engine.make("an echo [sandbox:500] [sandbox:times=1]")
    assert generation.status == Status.UNKNOWN
    first = generation.hold_id
    actions.send_again(generation=generation, by=engine.cast.contributor)
    engine.run()

    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert Hold.objects.get(id=first).state == HoldState.SETTLED
    assert generation.hold_id != first


def test_discard_ends_an_unknown_as_presumed_charged(engine: Engine) -> None:
    generation = engine.make("a shrug [sandbox:500]")
    actions.discard(generation=generation, by=engine.cast.contributor)

    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    entry = LedgerEntry.objects.get(hold_id=generation.hold_id, kind=EntryKind.SETTLED)
    assert entry.reason == "presumed charged"


def test_the_same_press_twice_is_one_batch(engine: Engine) -> None:
    from uuid import uuid4

    press = uuid4()
    given = engine.queue("first").input
    batches = [
        actions.queue_batch(
            project=engine.cast.project,
            by=engine.cast.contributor,
            model=engine.nano_banana,
            input=given,
            press=press,
        )
        for _ in range(2)
    ]
    assert batches[0] == batches[1]


def test_the_timeline_tells_the_whole_way(engine: Engine) -> None:
    generation = engine.make("a long walk")
    kinds = list(generation.timeline.order_by("id").values_list("kind", flat=True))

    assert kinds == ["queued", "held", "sending", "accepted", "ready", "stored", "settled"]
    changes = Change.objects.filter(subject_kind="generation", subject_id=generation.id)
    assert changes.count() == 5  # queued, submitting, running, fetching, succeeded


def run_until(engine: Engine, generation: Generation, status: Status) -> None:
    """Run the pump in a thread until the row has this status, then have it hand over."""
    import threading
    import time

    thread = threading.Thread(target=_run_and_close)
    thread.start()
    try:
        for _ in range(400):
            generation.refresh_from_db()
            if generation.status == status:
                break
            time.sleep(0.01)
        assert generation.status == status
    finally:
        PumpLease.objects.update(owner="somebody else", until=clock.now() + timedelta(seconds=30))
        thread.join(timeout=20)
        PumpLease.objects.update(owner="", until=None)
    assert not thread.is_alive()


def _run_and_close() -> None:
    from django.db import connection

    try:
        run_slice()
    finally:
        connection.close()
