"""`manage.py backup` and `restore`, on the database that the tests run on: into an installation of its own."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from studio.generation.models import Generation, Status
from studio.keys.actions import add_key
from studio.kit.storage import media_path
from tests.integration.generation.conftest import Engine, engine, sandbox, sandbox_process
from tests.processes.installation import ROOT

__all__ = ["engine", "sandbox", "sandbox_process"]


@dataclass
class Elsewhere:
    """Another installation, with a data folder and a database of its own."""

    data: Path
    database_url: str

    def restore(self, file: Path, *options: str) -> tuple[int, str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STUDIO_")},
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "STUDIO_DATA_DIR": str(self.data),
            "STUDIO_DATABASE_URL": self.database_url,
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "restore", str(file), *options],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as database:
                return database.execute(question).fetchall()  # type: ignore[call-overload,no-any-return]
        import sqlite3

        with closing(sqlite3.connect(self.data / "studio.sqlite3")) as file:
            return file.execute(question).fetchall()


@pytest.fixture
def elsewhere(tmp_path: Path, transactional_db: None) -> Iterator[Elsewhere]:
    if connection.vendor == "sqlite":
        yield Elsewhere(tmp_path / "elsewhere", "")
        return
    import psycopg

    given = connection.settings_dict
    server = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    name = f"{given['NAME']}_restored"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as database:
        database.execute(f'DROP DATABASE IF EXISTS "{name}"')  # type: ignore[call-overload]
        database.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        yield Elsewhere(tmp_path / "elsewhere", f"{server}/{name}")
        database.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_a_backup_comes_back_whole_and_sends_nothing_twice(
    engine: Engine, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    made = engine.make("a mill by the river", num_images=2)
    waiting = engine.queue("what waited").generations.get()
    under_way = engine.queue("what the provider has").generations.get()
    Generation.objects.filter(id=under_way.id).update(
        status=Status.RUNNING, task_id="t", attempt=1, lease_owner="a", key=made.key_id
    )
    add_key(provider=engine.nb2.provider, label="ours", secret="sk-backup-canary", by=None)
    file = tmp_path / "studio.backup"
    call_command("backup", str(file))
    assert b"canary" not in file.read_bytes()
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if name.startswith("secrets")]

    status, words = elsewhere.restore(file)
    assert status == 0, words
    assert "Generations that go on: 1. Outcome unknown: 1." in words
    assert "There is no encryption key" in words
    found = dict(elsewhere.rows("SELECT id, status FROM studio_generation"))
    assert found == {made.id: "succeeded", waiting.id: "unknown", under_way.id: "running"}
    [[problem, owner]] = elsewhere.rows(
        f"SELECT problem, lease_owner FROM studio_generation WHERE id = {waiting.id}"
    )
    assert (problem.startswith("Restored from a backup, in which this waited."), owner) == (True, "")
    held = f"SELECT state FROM studio_hold WHERE id = {waiting.hold_id}"
    assert elsewhere.rows(held) == [("kept",)]
    for image in made.images.all():
        copy = elsewhere.data / "media" / image.file
        assert copy.read_bytes() == media_path(image.file).read_bytes()

    status, words = elsewhere.restore(file)
    assert status == 1
    assert "This installation is not empty." in words


def test_what_waited_goes_on_where_the_other_one_is_known_to_stand_still(
    engine: Engine, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    engine.queue("a move to another machine")
    file = tmp_path / "studio.backup"
    call_command("backup", str(file), "--with-encryption-key")
    status, words = elsewhere.restore(file, "--was-stopped")
    assert status == 0, words
    assert elsewhere.rows("SELECT status FROM studio_generation") == [("queued",)]
    assert "encryption key" not in words
    keys = elsewhere.data / "secrets" / "encryption_keys"
    assert keys.read_text().splitlines()[0] == django_settings.ENCRYPTION_KEYS[0]
    assert keys.stat().st_mode & 0o777 == 0o600


def test_a_damaged_backup_changes_nothing(engine: Engine, elsewhere: Elsewhere, tmp_path: Path) -> None:
    engine.make("a lock on the canal")
    file = tmp_path / "studio.backup"
    call_command("backup", str(file))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    status, words = elsewhere.restore(file)
    assert status == 1
    assert "Nothing was restored." in words
    assert not [path for path in elsewhere.data.rglob("*") if path.suffix in (".png", ".webp")]


def test_a_file_that_is_missing_is_told(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = engine.make("a ferry house").images.get()
    media_path(image.file).unlink()
    call_command("backup", str(tmp_path / "studio.backup"))
    assert f"Not on the disk, so not in the backup: {image.file}." in capsys.readouterr().err


def test_a_backup_into_nowhere_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("backup", str(tmp_path / "nowhere" / "studio.backup"))
