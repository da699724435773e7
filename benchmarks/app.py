"""The real app in a folder of its own: `manage.py serve` as `make run` starts it, watched from outside."""

import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
FIRST_PAGE = "/accounts/login/"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
ENDED = ("succeeded", "failed", "cancelled", "unknown")
_SIGN_IN = re.compile(r"Sign in as (\S+) with the password (\S+)")


class BenchmarkFailed(Exception):
    """A benchmark can't go on; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the database says of one generation; times in seconds since 1970."""

    id: int
    task_id: str
    status: str
    created_at: float
    submitted_at: float | None
    finished_at: float | None


class App:
    """A running app. `start` returns when the first page has been answered; nothing survives `close`."""

    def __init__(
        self,
        folder: Path,
        *,
        command: Sequence[str] = (),
        cwd: Path = ROOT,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._command = command or (sys.executable, "manage.py", "serve")
        self._cwd = cwd
        self._settings = dict(settings or {})
        self._log = folder.with_name(f"{folder.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, timeout_s: float = START_TIMEOUT_S) -> float:
        """Start it and return the seconds until the first page was there."""
        environment = clean_environment() | {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "STUDIO_DATA_DIR": str(self.data),
            "STUDIO_SANDBOX_PAINT": "plain",
            "STUDIO_STOP_GRACE_S": "5",
            # One person presses for all.
            "STUDIO_REQUESTS_PER_MINUTE": "1000000",
            **self._settings,
        }
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._cwd, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self._has_first_page, "the first page", timeout_s, every_s=0.01)
        return time.monotonic() - began

    def close(self) -> None:
        """Stop it as Ctrl-C does; what is still there after half a minute is killed."""
        if self._process is None:
            return
        family = descendants(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid, started in family.items():
            if _started_at(pid) == started:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process = None

    def sign_in(self) -> tuple[str, str]:
        """Return the e-mail address and password that were printed at the first start."""
        found = wait_for(lambda: _SIGN_IN.search(self.printed()), "the printed sign-in", 10)
        return found[1], found[2]

    def printed(self) -> str:
        return self._log.read_text(errors="replace")

    def memory_bytes(self) -> int:
        """Return the memory of all processes, what they share counted once (PSS)."""
        assert self._process is not None
        return sum(_pss(pid) for pid in [self._process.pid, *descendants(self._process.pid)])

    def memory_by_process(self) -> dict[int, tuple[str, int]]:
        """Return name and memory (PSS) of each process, by its id."""
        assert self._process is not None
        family = [self._process.pid, *descendants(self._process.pid)]
        return {pid: (_name_of(pid), _pss(pid)) for pid in family}

    def count_processes(self) -> int:
        assert self._process is not None
        return 1 + len(descendants(self._process.pid))

    def cpu_s(self) -> float:
        """Return the processor time that all its processes have used, those included that have ended."""
        assert self._process is not None
        stats = map(_stat, [self._process.pid, *descendants(self._process.pid)])
        # utime, stime, and the same of children that were waited for.
        return sum(int(field) for stat in stats if stat for field in stat[11:15]) / os.sysconf("SC_CLK_TCK")

    def sandbox_url(self) -> str:
        if outside := self._settings.get("STUDIO_SANDBOX_URL"):
            return outside
        return (self.data / "run" / "sandbox_url").read_text().strip()

    def bill(self) -> dict[str, dict[str, Any]]:
        """Return the submissions of the sandbox's bill: a row for each task id."""
        return {row["id"]: row for row in self.whole_bill()["submissions"]}

    def whole_bill(self) -> dict[str, Any]:
        """Return the sandbox's bill, with attempts and sums (docs/sandbox.md)."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            bill: dict[str, Any] = client.get(f"{self.sandbox_url()}/sandbox/bill").raise_for_status().json()
        return bill

    def rows(self, *, after_id: int = 0) -> list[Row]:
        """Read the generations that came after one."""
        columns = "id, task_id, status, created_at, submitted_at, finished_at"
        question = f"SELECT {columns} FROM studio_generation WHERE id > ? ORDER BY id"
        return [Row(*row[:3], *map(_epoch, row[3:])) for row in self.read(question, after_id)]

    def read(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, past the app."""
        with contextlib.closing(self._connect("ro")) as connection:
            return connection.execute(question, values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        """Change the database of this benchmark, past the app."""
        with contextlib.closing(self._connect("rw")) as connection, connection:
            connection.execute(statement, values)

    def newest_id(self) -> int:
        return int(self.read("SELECT coalesce(max(id), 0) FROM studio_generation")[0][0])

    def wait_until_ended(self, after_id: int, count: int, timeout_s: float) -> list[Row]:
        """Wait until as many generations that came after one have ended, all of them well."""
        marks = ", ".join("?" * len(ENDED))
        question = f"SELECT count(*) FROM studio_generation WHERE id > ? AND status IN ({marks})"
        wait_for(
            lambda: self.read(question, after_id, *ENDED)[0][0] >= count,
            f"{count} generations to end",
            timeout_s,
            every_s=0.5,
        )
        rows = self.rows(after_id=after_id)
        if bad := [row for row in rows if row.status != "succeeded"]:
            raise BenchmarkFailed(f"{len(bad)} of {count} generations did not succeed: {bad[0].status}.")
        return rows

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.data / 'studio.sqlite3'}?mode={mode}", uri=True, timeout=20)

    def _has_first_page(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise BenchmarkFailed(f"The app ended while it started:\n{self.printed()[-2000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_S)
        try:
            connection.request("GET", FIRST_PAGE, headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def start_child(*command: str) -> subprocess.Popen[str]:
    """Start a Python process beside the app, without its settings; its input and output are text, a line at a time."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    )


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of Studio: a benchmark must never touch a real installation."""
    unwanted = ("HOST", "PORT", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted and not name.startswith(("STUDIO_", "UV_"))
    }


def wait_for(look: Callable[[], T | None], what: str, timeout_s: float, every_s: float = 0.1) -> T:
    """Look until there is something to see, and return it."""
    ends_at = time.monotonic() + timeout_s
    while not (found := look()):
        if time.monotonic() > ends_at:
            raise BenchmarkFailed(f"Waited {timeout_s:.0f} s in vain for {what}.")
        time.sleep(every_s)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(root: int) -> dict[int, str]:
    """Return the processes below one, with their start times: an id alone may come to mean another process."""
    parents = {
        pid: _stat(pid)
        for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    }
    found: dict[int, str] = {}
    fresh = {root}
    while fresh:
        fresh = {pid for pid, stat in parents.items() if stat and int(stat[1]) in fresh}
        found |= {pid: parents[pid][19] for pid in fresh}
    return found


def _started_at(pid: int) -> str:
    stat = _stat(pid)
    return stat[19] if stat else ""


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _name_of(pid: int) -> str:
    """Return what ps shows: the supervisor names its children, and theirs are called like them."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _epoch(text: str | None) -> float | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if text else None
