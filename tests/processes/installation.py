"""A whole Studio in a folder of its own: `manage.py serve` with its real web process, clusters and database file."""

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
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.checker import Report, Row, check
from tests.sandbox_server import SandboxServer

ROOT = Path(__file__).resolve().parents[2]
# Generous, since the machine may be busy: what is waited for comes in a few seconds.
PATIENCE_S = 60.0
WORKERS = 3


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    password: str


class Installation:
    """Started, killed and started again, it keeps its data and its address. Use as a context manager.

    Without `sandbox_url`, providers are those that were set with `manage.py set_provider` and `add_key`.
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
        self._serve: subprocess.Popen[bytes] | None = None

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
        """Start `manage.py serve` and wait until it says that it is ready."""
        with self._log.open("ab") as log:
            offset = log.tell()
            self._serve = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until(lambda: b"Studio is ready at" in self._log.read_bytes()[offset:], "a page is served")
        return self

    @property
    def output(self) -> str:
        """All that `serve` and its children have printed."""
        return self._log.read_text(errors="replace")

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
        if self._serve is None:
            return
        pids = [self._serve.pid, *self.family()]
        for pid in pids:
            _kill(pid)
        self._serve.wait()
        self._serve = None
        self.wait_until(lambda: not self.alive(pids), "all processes are gone")

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

    def engine_workers(self) -> list[int]:
        """The engine's workers: django-q's sentinel starts them first, then its monitor and pusher."""
        (sentinel,) = _children(self.engine_cluster())
        return sorted(_children(sentinel))[:WORKERS]

    def die_at(self, point: str) -> None:
        """Have the process that reaches this point next kill itself there."""
        (self.faults / point).touch()

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
            timeout=PATIENCE_S,
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
        with closing(sqlite3.connect(self.database, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(question)]

    def statuses(self, *, like: str = "%") -> Counter[str]:
        """How many generations are in which status, of those whose prompt is like this."""
        rows = self.rows(
            "SELECT g.status FROM studio_generation g JOIN studio_batch b ON b.id = g.batch_id"
            f" WHERE b.prompt LIKE '{like}'"
        )
        return Counter(row["status"] for row in rows)

    def wait_for(self, *, like: str = "%", timeout_s: float = PATIENCE_S, **expected: int) -> None:
        """Wait until exactly so many generations are in each status: `wait_for(succeeded=8, unknown=2)`."""
        self.wait_until(lambda: self.statuses(like=like) == expected, f"{expected} of {like}", timeout_s)

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < deadline, f"not in {timeout_s:g} s: {what}\n{self._state()}"
            assert self._serve is None or self._serve.poll() is None, (
                f"serve has ended\n{self.output[-4000:]}"
            )
            time.sleep(0.05)

    def check(self, sandbox: SandboxServer) -> Report:
        """Compare the database, the files and the provider's bill."""
        return check(self.rows, self.media, sandbox.bill())

    def _state(self) -> str:
        rows: list[Row] = []
        if self.database.exists():
            rows = self.rows(
                "SELECT id, status, attempt, lease_owner, lease_until, problem_code FROM studio_generation"
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
