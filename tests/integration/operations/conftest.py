"""An installation whose clusters have just given a sign of life, and ways to damage it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from studio.generation.moments import note_moment
from studio.generation.signs import CHORES, ENGINE, beat_name
from studio.kit import clock
from studio.supervisor.tasks import beat


@pytest.fixture
def alive(db: None, settings: Settings, tmp_path: object) -> None:
    """Both clusters live, and there is room on the disk."""
    settings.MEDIA_ROOT = f"{tmp_path}/media"
    settings.DISK_RESERVE_MB = 0
    beat(ENGINE)
    beat(CHORES)


def silence(cluster: str, for_s: float) -> None:
    """Have a cluster's last sign of life be so long ago."""
    note_moment(beat_name(cluster), clock.now() - timedelta(seconds=for_s))


Lock = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def locked_database(transactional_db: None) -> Lock:
    """Another process has the database to itself: SQLite's one writer, or PostgreSQL's table."""

    @contextmanager
    def lock() -> Iterator[None]:
        is_locked, is_over = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("LOCK TABLE studio_notedmoment IN ACCESS EXCLUSIVE MODE")
                is_locked.set()
                is_over.wait(30)
            connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        assert is_locked.wait(10)
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    return lock
