"""Who writes to SQLite is known, and reported once it has kept everybody else from writing for too long."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from studio.generation.signs import ENGINE
from studio.supervisor import write_lock
from studio.supervisor.heartbeat import Heartbeat

pytestmark = pytest.mark.skipif(
    connections["default"].vendor != "sqlite" or sys.platform != "linux",
    reason="SQLite's lock, as Linux shows it",
)

WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("CREATE TABLE IF NOT EXISTS x (y)")
for _ in sys.stdin:
    database.execute("ROLLBACK" if database.in_transaction else "BEGIN IMMEDIATE")
    print(flush=True)
"""


class Writer:
    """Another process with the database open; `turn` has it begin to write, or end it."""

    def __init__(self, database: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def turn(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def end(self) -> None:
        self._process.communicate(timeout=20)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "x.sqlite3"
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(file))
    return file


@pytest.fixture
def writer(database: Path) -> Iterator[Writer]:
    writer = Writer(database)
    yield writer
    writer.end()


def test_the_holder_is_who_writes(writer: Writer) -> None:
    writer.turn()
    assert write_lock.holder() == writer.pid
    writer.turn()
    assert write_lock.holder() is None


def test_a_database_that_nobody_has_open_has_no_holder(database: Path) -> None:
    assert write_lock.holder() is None


def test_who_writes_for_too_long_is_reported(writer: Writer) -> None:
    reported: list[str] = []
    heart = Heartbeat([ENGINE], reported.append)
    writer.turn()
    heart.look_at_writer(0.0)
    heart.look_at_writer(settings.SILENT_S)
    assert reported == []
    heart.look_at_writer(settings.SILENT_S + 1)
    heart.look_at_writer(settings.SILENT_S + 2)
    assert reported == [str(os.getsid(writer.pid))]


def test_two_who_write_in_turn_are_not_taken_for_one(database: Path, writer: Writer) -> None:
    reported: list[str] = []
    heart = Heartbeat([ENGINE], reported.append)
    other = Writer(database)
    try:
        writers = [writer, other]
        for look in range(6):
            writers[look % 2].turn()
            heart.look_at_writer(look * settings.SILENT_S / 2)
            writers[look % 2].turn()
    finally:
        other.end()
    assert reported == []
