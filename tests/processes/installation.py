"""A whole Studio in a folder of its own: `manage.py serve` with its real web process, clusters and database."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from studio.generation.engine.owners import pid_of
from tests.checker import Report, Row, check
from tests.sandbox_server import SandboxServer

ROOT = Path(__file__).resolve().parents[2]
# Generous, since the machine may be busy: what is waited for comes in a few seconds.
PATIENCE_S = 60.0
START_PATIENCE_S = 180.0
WORKERS = 3
NO_ENGINE = "The engine doesn't start"


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    password: str


class Installation:
    """Started, killed and started again, it keeps its data and its address. Use as a context manager.

    Without `sandbox_url`, providers are those that were set with `manage.py set_provider` and `add_key`. Without
    STUDIO_DATABASE_URL among the settings, the database is a file in its folder.
    """

    def __init__(self, folder: Path, *, sandbox_url: str = "", **settings: str) -> None:
        self.data = folder / "data"
        self.faults = folder / "faults"
        self.faults.mkdir(parents=True, exist_ok=True)
        self._log = folder / "serve.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not _is_setting(name)},
            "PORT": str(self.port),
            "STUDIO_DATA_DIR": str(self.data),
            "STUDIO_FAULT_DIR": str(self.faults),
            "STUDIO_WORKERS": str(WORKERS),
            "STUDIO_ENGINE_SPEED": "10",
            "STUDIO_HEARTBEAT_S": "2",
            **({"STUDIO_SANDBOX_URL": sandbox_url} if sandbox_url else {}),
            **settings,
        }
        self.patience_s = PATIENCE_S
        self._serve: subprocess.Popen[bytes] | None = None
        self._beside: subprocess.Popen[bytes] | None = None
        self._others: dict[int, set[int]] = {}

    @classmethod
    def like(cls, folder: Path, template: Path, *, sandbox_url: str = "", **settings: str) -> Self:
        """Return an installation that begins with a copy of a data folder."""
        shutil.copytree(template, folder / "data")
        return cls(folder, sandbox_url=sandbox_url, **settings)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.kill_everything()

    # Processes

    def start(self) -> Self:
        """Start `manage.py serve` and wait until it is ready, the engine included, if it starts at all."""
        before = self.output.count(NO_ENGINE)
        self._serve = self._run("Studio is ready at")
        if self.output.count(NO_ENGINE) == before:
            self.wait_until(
                lambda: len(self._below_sentinel()) == WORKERS + 2, "the engine's cluster is complete"
            )
            self.engine_workers()
        return self

    def start_beside(self) -> None:
        """Start a second set of workers on the same data, as another machine of a larger site would."""
        self._beside = self._run("Studio's workers are running", "--only", "workers")

    def kill_beside(self) -> None:
        """End the second set of workers at once."""
        if self._beside:
            self._kill_tree(self._beside)
            self._beside = None

    def _run(self, until: str, *options: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            offset = log.tell()
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *options],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            ready = lambda: until.encode() in self._log.read_bytes()[offset:]  # noqa: E731
            self.wait_until(ready, until, START_PATIENCE_S, of=process)
        except BaseException:
            self._kill_tree(process)
            raise
        return process

    @property
    def log(self) -> Path:
        """The file into which `serve` and its children print."""
        return self._log

    @property
    def output(self) -> str:
        """All that `serve` and its children have printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def sign_in_shown(self) -> SignIn:
        """The sign-in that the first start prints."""
        found = re.search(r"Sign in as (\S+) with the password (\S+) ", self.output)
        assert found, self.output
        return SignIn(found[1], found[2])

    def signal(self, sign: int) -> None:
        """Signal the supervisor alone, as a service manager does."""
        assert self._serve
        self._serve.send_signal(sign)

    def wait_for_end(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait until the supervisor has ended; return its exit status."""
        assert self._serve
        status = self._serve.wait(timeout=timeout_s)
        self._serve = None
        return status

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait_for_end()

    def kill_everything(self) -> None:
        """End the supervisor and all that it started, at once, as a power cut would."""
        self.kill_beside()
        if self._serve:
            self._kill_tree(self._serve)
            self._serve = None

    def _kill_tree(self, process: subprocess.Popen[bytes]) -> None:
        pids = [process.pid, *_descendants(process.pid)]
        for pid in pids:
            _kill(pid)
        process.wait()
        deadline = time.monotonic() + PATIENCE_S
        while self.alive(pids):
            assert time.monotonic() < deadline, f"still there: {self.alive(pids)}"
            time.sleep(0.02)

    def family(self) -> list[int]:
        """The ids of all processes below the supervisor."""
        assert self._serve
        return list(_descendants(self._serve.pid))

    def alive(self, pids: Iterable[int]) -> list[int]:
        return [pid for pid in pids if _is_alive(pid)]

    def engine_cluster(self) -> int:
        """The main process of the engine's cluster: the child with the most processes below it."""
        assert self._serve
        return max(_children(self._serve.pid), key=lambda pid: len(list(_descendants(pid))))

    def sentinel(self) -> int:
        """django-q's process that starts the engine's workers, its monitor and its pusher."""
        (sentinel,) = _children(self.engine_cluster())
        return sentinel

    def engine_workers(self) -> list[int]:
        """The engine's workers: the sentinel starts them first, then monitor and pusher; later ones replace them."""
        sentinel, below = self.sentinel(), self._below_sentinel()
        others = self._others.setdefault(sentinel, set(below[WORKERS:]))
        return [pid for pid in below if pid not in others]

    def _below_sentinel(self) -> list[int]:
        assert self._serve
        clusters = [_children(pid) for pid in _children(self._serve.pid)]
        return max((sorted(_children(pid)) for below in clusters for pid in below), key=len, default=[])

    def web(self) -> int:
        """The web process: the supervisor's first child, or the one that was started in its place."""
        for pid in self._serve_children():
            if self._listens(pid):
                return pid
        raise AssertionError("there is no web process")

    def _serve_children(self) -> list[int]:
        assert self._serve
        return _children(self._serve.pid)

    def _listens(self, pid: int) -> bool:
        """Tell whether a process has the port of the pages open."""
        table = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in table]
        inodes = {
            f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{self.port:04X}") and row[3] == "0A"
        }
        with suppress(OSError):
            return any(str(file.readlink()) in inodes for file in Path(f"/proc/{pid}/fd").iterdir())
        return False

    def pump(self) -> int:
        """The worker in which the slice runs that has the work in its hands."""
        owners: list[int] = []

        def is_found() -> bool:
            rows = self.rows("SELECT owner FROM studio_pumplease WHERE name = 'pump'")
            owners[:] = filter(None, (pid_of(row["owner"]) for row in rows))
            return bool(self.alive(owners))

        self.wait_until(is_found, "a slice is running")
        return owners[0]

    def die_at(self, point: str, sign: str = "SIGKILL") -> None:
        """Have the process that reaches this point next give itself a signal there."""
        # In one step: the point may be reached at any time.
        half = self.faults / f"{point}.half"
        half.write_text(sign)
        half.rename(self.faults / point)

    def wait_for_death(self, point: str) -> None:
        self.wait_until(lambda: not (self.faults / point).exists(), f"a process died at {point}")

    # Commands

    def manage(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START_PATIENCE_S,
            check=False,
        )

    def generate(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run `manage.py generate … --json`; return its exit status and the last line of its output."""
        done = self.manage("generate", "--project", "playground", *arguments, "--json")
        lines = done.stdout.splitlines()
        assert lines, done.stderr
        report: dict[str, Any] = json.loads(lines[-1])
        return done.returncode, report

    # What is true

    @property
    def database(self) -> Path:
        return self.data / "studio.sqlite3"

    @property
    def media(self) -> Path:
        return self.data / "media"

    def rows(self, question: str) -> list[Row]:
        if url := self.environment.get("STUDIO_DATABASE_URL"):
            with psycopg.connect(url, autocommit=True, row_factory=dict_row) as server:
                return server.execute(question).fetchall()  # type: ignore[arg-type]
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(self.database, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(question)]

    def tables(self) -> list[str]:
        """The names of all tables."""
        question = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if "STUDIO_DATABASE_URL" in self.environment:
            question = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
        return sorted(row["name"] for row in self.rows(question))

    def use_key(self, secret: str, sandbox: SandboxServer) -> None:
        """Give both providers this key, as real ones that are at the sandbox's address."""
        for name in ("mountsea", "modelstream"):
            address = ("--base-url", sandbox.url, "--allow-host", sandbox.host)
            assert self.manage("set_provider", name, *address).returncode == 0
            assert self.manage("add_key", name, "--label", "Team", stdin=f"{secret}\n").returncode == 0

    def statuses(self, *, like: str = "%") -> Counter[str]:
        """How many generations are in which status, of those whose prompt is like this."""
        rows = self.rows(
            "SELECT g.status FROM studio_generation g JOIN studio_batch b ON b.id = g.batch_id"
            f" WHERE b.prompt LIKE '{like}'"
        )
        return Counter(row["status"] for row in rows)

    def wait_for(self, *, like: str = "%", timeout_s: float | None = None, **expected: int) -> None:
        """Wait until exactly so many generations are in each status: `wait_for(succeeded=8, unknown=2)`."""
        self.wait_until(lambda: self.statuses(like=like) == expected, f"{expected} of {like}", timeout_s)

    def wait_until(
        self,
        is_so: Callable[[], bool],
        what: str,
        timeout_s: float | None = None,
        *,
        of: "subprocess.Popen[bytes] | None" = None,
    ) -> None:
        timeout_s = timeout_s or self.patience_s
        deadline = time.monotonic() + timeout_s
        process = of or self._serve
        while not is_so():
            assert time.monotonic() < deadline, f"not in {timeout_s:g} s: {what}\n{self._state()}"
            assert process is None or process.poll() is None, f"serve has ended\n{self.output[-4000:]}"
            time.sleep(0.05)

    def secrets(self, key: str, *, password: str = "") -> dict[str, str]:
        """What must be found nowhere: an API key, and what the installation has made for itself."""
        made = {file.name: file.read_text().strip() for file in (self.data / "secrets").iterdir()}
        return {"the API key": key, **made, **({"the password": password} if password else {})}

    def check(self, sandbox: SandboxServer) -> Report:
        """Compare the database, the files and the provider's bill."""
        return check(self.rows, self.media, sandbox.bill())

    def _state(self) -> str:
        rows = self.rows(
            "SELECT id, status, attempt, lease_owner, lease_until, problem_code FROM studio_generation"
            " ORDER BY id DESC LIMIT 40"
        )
        return "\n".join([*map(str, rows), self.output[-6000:]])


def _is_setting(name: str) -> bool:
    return name.startswith(("STUDIO_", "DJANGO_", "PYTEST_")) or name in ("HOST", "PORT")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    """The processes that a process has started with any of its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue  # it has just ended
    return found


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
