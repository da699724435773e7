"""Saves that arrive together share a transaction, but not a fate; a connection that broke is replaced."""

import asyncio

import pytest
from django.db import IntegrityError, OperationalError, connection

from studio.generation.engine.database import Database
from studio.generation.models import PumpLease, TimelineEntry
from studio.kit import clock

pytestmark = pytest.mark.django_db(transaction=True)


def write_orphan() -> None:
    """Break a foreign key, which the database notices at the commit only."""
    TimelineEntry.objects.create(generation_id=987_654_321, kind="queued", at=clock.now())


def write_row(name: str) -> None:
    PumpLease.objects.create(name=name)


def end_connection(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    connection.close()


def test_a_save_that_fails_at_the_commit_fails_alone() -> None:
    async def saves() -> list[object]:
        async with Database(0.01) as database:
            together = asyncio.gather(
                database.save(lambda: write_row("first")),
                database.save(write_orphan),
                database.save(lambda: write_row("second")),
                return_exceptions=True,
            )
            results: list[object] = list(await asyncio.wait_for(together, 5))
            await asyncio.wait_for(database.save(lambda: write_row("third")), 5)
            return results

    first, orphan, second = asyncio.run(saves())
    assert first is second is None
    assert isinstance(orphan, IntegrityError)
    assert set(PumpLease.objects.values_list("name", flat=True)) == {"first", "second", "third"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that restarts")
def test_a_read_after_a_restart_of_the_server_works_again() -> None:
    def me() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    async def reads() -> int:
        async with Database(0.01) as database:
            pid = await database.read(me)
            await asyncio.to_thread(end_connection, pid)
            with pytest.raises(OperationalError):
                await database.read(me)
            return await database.read(me)

    assert asyncio.run(reads())
