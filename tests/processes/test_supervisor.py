"""`manage.py serve`: says when it is ready, restarts what dies, stops in good order, and leaves nobody behind."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.processes.conftest import FirstStart
from tests.processes.installation import ROOT, WORKERS, Installation

pytestmark = pytest.mark.processes


@pytest.fixture
def running(tmp_path: Path, first_start: FirstStart) -> Iterator[Installation]:
    """An installation that was started before, with its own sandbox."""
    with Installation.like(tmp_path, first_start.data) as installation:
        yield installation


def health(studio: Installation) -> int:
    with urlopen(f"{studio.url}/healthz", timeout=20) as answer:
        return int(answer.status)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


def refused(only: str = "", **environment: str) -> tuple[int, str]:
    """Start with settings that can't be used; return the exit status and what is said on standard error."""
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", *(["--only", only] if only else [])],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_sign_in_is_shown_once(running: Installation, first_start: FirstStart) -> None:
    assert first_start.sign_in.password
    assert "Sign in as" not in running.output
    assert f"Studio is ready at http://localhost:{running.port}\n" in running.output
    assert "the sandbox paints the pictures" in running.output
    assert health(running) == 200


def test_it_is_ready_once_both_clusters_have_answered(running: Installation) -> None:
    def is_ready() -> bool:
        try:
            with urlopen(f"{running.url}/readyz", timeout=20) as answer:
                return bool(json.load(answer)["ready"])
        except HTTPError:
            return False

    running.wait_until(is_ready, "Studio is ready")


def test_data_and_secrets_are_the_owners_alone(running: Installation) -> None:
    assert running.data.stat().st_mode & 0o777 == 0o700
    secrets = list((running.data / "secrets").iterdir())
    assert len(secrets) == 2
    assert {file.stat().st_mode & 0o777 for file in secrets} == {0o600}


def test_static_files_are_immutable_and_without_warnings(running: Installation) -> None:
    with urlopen(f"{running.url}/accounts/login/", timeout=20) as page:
        html = page.read().decode()
    paths = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', html)
    assert paths
    for path in paths:
        with urlopen(running.url + path, timeout=20) as file:
            assert "immutable" in file.headers["Cache-Control"], path
    assert "Warning" not in running.output


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything(running: Installation, sign: int) -> None:
    family = running.family()
    assert len(family) > 8
    running.signal(sign)
    assert running.wait_for_end(timeout_s=20) == 0
    assert all(map(is_gone, family))
    assert "Studio has stopped." in running.output


def test_nobody_outlives_a_killed_supervisor(running: Installation) -> None:
    family = running.family()
    running.signal(signal.SIGKILL)
    running.wait_for_end()
    running.wait_until(lambda: all(map(is_gone, family)), "all processes are gone", timeout_s=10)


def test_every_killed_child_is_restarted(running: Installation) -> None:
    before = set(running.family())
    for child in before:
        os.kill(child, signal.SIGKILL)
    running.wait_until(lambda: not before & set(running.family()), "the killed are buried")
    running.wait_until(lambda: len(running.family()) >= len(before), "as many processes as before")
    assert health(running) == 200


def test_a_cluster_that_hangs_is_killed_and_started_again(running: Installation) -> None:
    beat = "SELECT at FROM studio_notedmoment WHERE name = 'beat-engine'"
    before = running.rows(beat)
    running.wait_until(lambda: running.rows(beat) != before, "the cluster answers")
    cluster = running.engine_cluster()
    for worker in running.engine_workers():
        os.kill(worker, signal.SIGSTOP)
    running.wait_until(lambda: is_gone(cluster), "the cluster that hangs was killed")
    running.wait_until(lambda: running.engine_cluster() != cluster, "another one was started")
    assert "supervisor.child.wedged child=engine" in running.output


def test_the_second_set_up_changes_nothing(running: Installation) -> None:
    def contents() -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(running.database)) as database:
            tables = ("studio_apikey", "studio_modelschema", "studio_user", "studio_project")
            return [tuple(database.execute(f"SELECT * FROM {table} ORDER BY id")) for table in tables]

    before = contents()
    assert running.manage("setup").stdout == "Studio is set up.\n"
    assert contents() == before


def test_without_the_encryption_key_pages_are_served_and_nothing_is_sent(
    tmp_path: Path, first_start: FirstStart
) -> None:
    studio = Installation.like(tmp_path, first_start.data)
    assert (
        studio.manage("add_key", "mountsea", "--label", "Team", stdin="ms-1234567890abcd\n").returncode == 0
    )
    keys = studio.data / "secrets" / "encryption_keys"
    hidden = keys.rename(studio.data / "hidden")
    with studio:
        assert "The engine doesn't start. There is no encryption key" in studio.output
        assert health(studio) == 200
        assert studio.manage("generate", "--project", "playground", "A pear").returncode != 0
        assert not keys.exists(), "a new one would hide that the old one is lost"
        status, said = refused(STUDIO_DATA_DIR=str(studio.data), only="workers")
        assert (status, "The engine can't work." in said) == (2, True)
        assert studio.stop() == 0
        hidden.rename(keys)
        studio.start()
        assert studio.output.count("The engine doesn't start") == 1
        assert len(studio.engine_workers()) == WORKERS


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = refused(PORT=str(port), STUDIO_DATA_DIR=str(tmp_path))
    assert status == 2
    assert said == f"Port {port} is taken. Give another one, such as: PORT={min(port + 80, 65535)} make run\n"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("STUDIO_WORKERS", "four", "STUDIO_WORKERS is “four”, but must be a whole number from 1 to 64.\n"),
        ("PORT", "0", "PORT is “0”, but must be a whole number from 1 to 65535.\n"),
    ],
)
def test_a_wrong_setting_is_a_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    assert refused(STUDIO_DATA_DIR=str(tmp_path), **{name: value}) == (2, sentence)


def test_it_runs_on_postgresql_and_redis(tmp_path: Path) -> None:
    database, redis = os.environ.get("STUDIO_TEST_POSTGRES_URL"), os.environ.get("STUDIO_TEST_REDIS_URL")
    if not database or not redis:
        pytest.skip("STUDIO_TEST_POSTGRES_URL and STUDIO_TEST_REDIS_URL name no servers")
    import psycopg

    with psycopg.connect(database, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS studio_serve_test WITH (FORCE)")
        server.execute("CREATE DATABASE studio_serve_test")
    address = database.rpartition("/")[0] + "/studio_serve_test"
    try:
        with Installation(tmp_path, STUDIO_DATABASE_URL=address, STUDIO_REDIS_URL=redis) as studio:
            status, report = studio.generate(
                "--model", "nano-banana-2", "--prompt", "a lighthouse", "--wait", "--timeout", "50"
            )
            assert (status, report["status"]) == (0, "succeeded"), report
            assert studio.stop() == 0
    finally:
        with psycopg.connect(database, autocommit=True) as server:
            server.execute("DROP DATABASE IF EXISTS studio_serve_test WITH (FORCE)")
