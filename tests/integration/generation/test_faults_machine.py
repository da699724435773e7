"""The machine fails: no room on the disk, a database that is locked, full or read-only, a clock that jumps.

Whatever it is, nothing that was paid for is lost, nothing is sent twice, and work goes on by itself afterwards.
"""

import asyncio
import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from django.db.backends.signals import connection_created
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from pytest_django import Settings

from studio.generation.engine.database import Database
from studio.generation.engine.durations import durations
from studio.generation.engine.fetching import Fetcher
from studio.generation.engine.slice import run_slice
from studio.generation.models import Generation, NotedMoment, PumpLease, Status, TimelineEntry
from studio.generation.queries import has_due_work
from studio.keys.models import ApiKey
from studio.kit import clock
from studio.kit.database import is_away
from studio.kit.disk import PICTURE_BYTES, free_bytes
from studio.kit.download import DownloadClients
from studio.kit.storage import media_path
from studio.providers.types import RemoteFile
from studio.spending.verifying import find_differences
from tests.full_disk import no_room
from tests.integration.generation.conftest import Engine
from tests.integration.generation.running import running_slice, wait_until

RELEASE_BEFORE = "0021_handmade_models"
READ_ONLY = (
    "SET default_transaction_read_only = on"
    if connection.vendor == "postgresql"
    else "PRAGMA query_only = on"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# Disk


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_sent_while_there_is_no_room_for_what_would_come(
    engine: Engine, settings: Settings
) -> None:
    settings.DISK_RESERVE_MB = 10**9
    generation = engine.queue("a full attic").generations.get()
    run_slice()

    assert engine.server.submissions("a full attic") == []
    generation.refresh_from_db()
    assert (generation.status, generation.attempt) == (Status.QUEUED, 0)
    assert not has_due_work(), "nobody needs to be woken for it"
    page = engine.cast.client(engine.cast.contributor).get(f"/p/{generation.project.slug}/")
    assert "disk is full, so nothing is sent" in page.content.decode()

    # One whose result is there already is fetched as soon as there is room.
    Generation.objects.filter(id=generation.id).update(status=Status.FETCHING)
    page = engine.cast.client(engine.cast.contributor).get(f"/p/{generation.project.slug}/")
    assert "disk is full. The image is fetched as soon as" in page.content.decode()
    Generation.objects.filter(id=generation.id).update(status=Status.QUEUED)

    # It has waited for longer than this test does; its page says why.
    Generation.objects.update(next_action_at=F("next_action_at") - timedelta(seconds=3))
    TimelineEntry.objects.update(at=F("at") - timedelta(seconds=3))
    settings.DISK_RESERVE_MB = 0
    engine.run()
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    page = engine.cast.client(engine.cast.contributor).get(
        f"/p/{generation.project.slug}/generations/{generation.pk}/"
    )
    assert "disk had no room for what would come" in page.content.decode()


def test_no_more_is_sent_than_there_is_room_for(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """Room for three pictures: one call of two goes out, the next waits until the first has its place."""
    room = free_bytes(tmp_path) - int(3.5 * PICTURE_BYTES)
    settings.DISK_RESERVE_MB = room // 1_000_000
    batch = engine.queue("a small attic [sandbox:slow=10]", calls=2, num_images=2)
    with running_slice():
        wait_until(lambda: batch.generations.filter(status=Status.RUNNING).count() == 1, timeout_s=30)
        time.sleep(0.3)
        assert batch.generations.filter(status=Status.QUEUED).count() == 1
    settings.DISK_RESERVE_MB = 0
    engine.run()
    assert batch.generations.filter(status=Status.SUCCEEDED).count() == 2


def test_an_answer_waits_in_memory_while_the_disk_is_full(engine: Engine) -> None:
    """A synchronous provider sends its image once: there is no other copy of what was paid for."""
    picture = bytes(range(256)) * 200
    answer = [RemoteFile(base64=base64.b64encode(picture).decode())]

    async def unpack() -> list[dict[str, str]]:
        async with DownloadClients() as downloads:
            fetcher = Fetcher(durations(), downloads)
            unpacking = asyncio.create_task(fetcher.unpack(answer))
            with no_room():
                await asyncio.sleep(0.8)
                assert not unpacking.done()
            sources = await asyncio.wait_for(unpacking, 10)
            assert fetcher.lacked_room(0)
            fetcher.close()
            return sources

    [source] = asyncio.run(unpack())
    assert media_path(source["file"]).read_bytes() == picture
    assert len(files_in(Path(django_settings.MEDIA_ROOT))) == 1, "the tries in between left nothing behind"


# Database


@contextmanager
def every_connection(command: str) -> Iterator[None]:
    """The database itself refuses to write, on every connection that the engine opens."""

    def damage(sender: object, connection: object, **kwargs: object) -> None:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(command)

    connection_created.connect(damage)
    try:
        yield
    finally:
        connection_created.disconnect(damage)


def test_a_database_that_takes_no_write_costs_nothing(engine: Engine) -> None:
    """Without an intent that is written down, no request goes out."""
    generation = engine.queue("a closed book").generations.get()
    with every_connection(READ_ONLY):
        thread = threading.Thread(target=_one_slice)
        thread.start()
        thread.join(timeout=20)
    generation.refresh_from_db()
    assert (generation.status, generation.attempt) == (Status.QUEUED, 0)
    assert engine.server.submissions("a closed book") == []

    engine.run()
    assert engine.status_of(generation) == Status.SUCCEEDED


def _one_slice() -> None:
    try:
        run_slice()
    except DatabaseError as error:
        # It can't even take the lease: the next one tries again.
        if not is_away(error):
            raise
    finally:
        connection.close()


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            "PRAGMA max_page_count = 1",
            marks=pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disks are its own"),
            id="has room",
        ),
        pytest.param(READ_ONLY, id="can be written"),
    ],
)
def test_a_result_waits_until_the_database(command: str, transactional_db: None) -> None:
    """What is to be written is kept, and written when it can be."""

    def write() -> str:
        return PumpLease.objects.create(name="x", owner="o" * (2_000_000 if "page" in command else 1)).name

    async def save() -> str:
        async with Database(0.01) as database:
            with every_connection(command):
                saving = asyncio.create_task(database.save(write))
                await asyncio.sleep(0.8)
                assert not saving.done()
            return await asyncio.wait_for(saving, 10)

    assert asyncio.run(save()) == "x"


def test_a_database_that_is_locked_for_long_loses_nothing(engine: Engine) -> None:
    """Thirty seconds at the speed of the tests, with an answer on the wire and a result to be written."""
    prompts = ["a locked gate [sandbox:slow=8]", "a locked door [sandbox:slow=8]"]
    batches = [engine.queue(prompts[0]), engine.queue(prompts[1], model=engine.nb2)]
    with running_slice():
        wait_until(
            lambda: all(len(engine.server.submissions(prompt)) == 1 for prompt in prompts), timeout_s=30
        )
        thread = threading.Thread(target=_lock, args=[30 / django_settings.ENGINE_SPEED])
        thread.start()
        thread.join()
    engine.run()
    for batch, prompt in zip(batches, prompts, strict=True):
        assert batch.generations.get().status == Status.SUCCEEDED
        assert len(engine.server.submissions(prompt)) == 1


def _lock(for_s: float) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "LOCK TABLE studio_generation, studio_pumplease, studio_notedmoment IN ACCESS EXCLUSIVE MODE"
            )
        time.sleep(for_s)
    connection.close()


# Clock: for the engine, rows that lie in the future are the same as a clock that was set back.


def set_clock(by: timedelta) -> None:
    """Move everything that was written so far as a jump of the clock by this much does."""
    for model, fields in {
        Generation: ("next_action_at", "lease_until", "submitted_at", "deadline_at", "created_at"),
        PumpLease: ("until",),
        NotedMoment: ("at",),
        ApiKey: ("resting_until",),
    }.items():
        rows = model.objects.all()  # type: ignore[attr-defined]
        rows.update(**{field: F(field) - by for field in fields})


@pytest.mark.parametrize("jump", [-HOUR, DAY], ids=["an hour back", "a day ahead"])
def test_what_is_under_way_survives_a_jump_of_the_clock(
    engine: Engine, settings: Settings, jump: timedelta
) -> None:
    # On a busy machine even our sandbox needs its time to take a request.
    settings.ENGINE_SPEED = 8
    prompt = "a sundial [sandbox:slow=60]"
    generation = engine.queue(prompt).generations.get()
    with running_slice():
        wait_until(lambda: engine.status_of(generation) == Status.RUNNING, timeout_s=30)
        set_clock(jump)
        time.sleep(0.2)
    engine.run()
    assert engine.status_of(generation) == Status.SUCCEEDED
    assert len(engine.server.submissions(prompt)) == 1


@pytest.mark.parametrize("jump", [-HOUR, DAY], ids=["an hour back", "a day ahead"])
def test_a_jump_of_the_clock_is_not_the_end_of_what_another_slice_is_sending(
    engine: Engine, jump: timedelta
) -> None:
    prompt = "a pendulum [sandbox:slow=60]"
    generation = engine.queue(prompt, model=engine.nb2).generations.get()
    with running_slice():
        wait_until(lambda: len(engine.server.submissions(prompt)) == 1)
        # The first slice has had its time and only waits for the answer, the second is at the pump.
        PumpLease.objects.filter(name="pump").update(owner="", until=None)
        set_clock(jump)
        run_slice()
        assert engine.status_of(generation) in (Status.SUBMITTING, Status.FETCHING)
    engine.run()
    assert engine.status_of(generation) == Status.SUCCEEDED
    assert len(engine.server.submissions(prompt)) == 1


@pytest.mark.parametrize("jump", [-HOUR, DAY], ids=["an hour back", "a day ahead"])
def test_what_waits_goes_out_after_a_jump_of_the_clock(engine: Engine, jump: timedelta) -> None:
    generation = engine.queue("a water clock").generations.get()
    ApiKey.objects.update(resting_until=clock.now() + timedelta(minutes=2))
    PumpLease.objects.create(name="pump", owner="of before", until=clock.now() + timedelta(seconds=10))
    set_clock(jump)
    assert has_due_work()
    engine.run()
    assert engine.status_of(generation) == Status.SUCCEEDED


# Deploy


def test_what_the_release_before_left_in_flight_is_carried_on(engine: Engine) -> None:
    """The rows of an older release, one of them at the provider, come through the migrations and end well."""
    prompts = ["an old letter [sandbox:slow=60]", "an old stamp"]
    under_way = engine.queue(prompts[0]).generations.get()
    with running_slice():
        wait_until(lambda: engine.status_of(under_way) == Status.RUNNING, timeout_s=30)
    waiting = engine.queue(prompts[1]).generations.get()
    MigrationExecutor(connection).migrate([("studio", RELEASE_BEFORE)])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    engine.run()
    for generation, prompt in zip([under_way, waiting], prompts, strict=True):
        assert engine.status_of(generation) == Status.SUCCEEDED
        assert len(engine.server.submissions(prompt)) == 1
    assert find_differences() == []
