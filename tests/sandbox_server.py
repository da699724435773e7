"""A sandbox in a process of its own, for tests of everything that talks to a provider.

def test_something(sandbox: SandboxServer) -> None:
    httpx.get(f"{sandbox.url}/v1/models", ...)
    assert sandbox.bill()["total"]["submissions"] == 0
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

ROOT = Path(__file__).parent.parent
START_TIMEOUT_S = 15.0


class SandboxServer:
    """Starts on a free port; `kill()` and `start()` keep the port and, with `state`, tasks and bill."""

    def __init__(
        self, *, speed: float = 0.05, paint: str = "plain", state: Path | None = None, port: int = 0
    ) -> None:
        self.speed, self.paint, self.state, self.port = speed, paint, state, port
        self._process: subprocess.Popen[str] | None = None
        # No certificates to load, and no connection that a kill would have broken.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(trust_env=False, verify=False, limits=limits, timeout=10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        """What an admin would put on the list of allowed hosts."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        options = ["--port", str(self.port), "--speed", str(self.speed), "--paint", self.paint]
        if self.state is not None:
            options += ["--state", str(self.state)]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STUDIO_SANDBOX_")
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio.sandbox", *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        # The first line is the address, printed once the port is bound: connections wait from then on.
        line = self._process.stdout.readline().strip()
        assert line.startswith("Sandbox on "), f"the sandbox did not start: {line!r}"
        self.port = int(line.rpartition(":")[2])
        return self

    def stop(self, sign: int = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def bill(self) -> dict[str, Any]:
        """The bill of docs/sandbox.md: submissions, refusals, idempotency, attempts, total."""
        answer: dict[str, Any] = self._client.get(f"{self.url}/sandbox/bill").raise_for_status().json()
        return answer

    def submissions(self, prompt: str) -> list[dict[str, Any]]:
        """The accepted submissions of a prompt, oldest first."""
        return [row for row in self.bill()["submissions"] if row["prompt"] == prompt]

    def reset(self) -> None:
        """Forget tasks and bill."""
        self._client.post(f"{self.url}/sandbox/reset").raise_for_status()

    def order(self, **fault: Any) -> None:
        """Order a fault (docs/sandbox.md): `on`, `fault`, and `next` or `share` with `seed`."""
        self._client.post(f"{self.url}/sandbox/faults", json=fault).raise_for_status()

    def wait_for(self, prompt: str, count: int = 1, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """Wait until `count` submissions of the prompt were accepted."""
        deadline = time.monotonic() + timeout_s
        while len(found := self.submissions(prompt)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} submissions arrived"
            time.sleep(0.02)
        return found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    """One sandbox for the whole run: twenty times faster than life, plain pictures."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    """The shared sandbox, with an empty bill."""
    sandbox_process.reset()
    return sandbox_process
