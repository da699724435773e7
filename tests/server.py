"""The real web server as a process of its own: `live_server` is WSGI, so it knows no streams.

It shares the test's database file, secrets and media with the test, which therefore must be transactional.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import connection
from playwright.sync_api import BrowserContext

from studio.people.models import User
from tests.bench.client import StrictClient

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60.0


class WebServer:
    """uvicorn as `manage.py serve` runs it. Stopped and started again, it keeps its address.

    What the test's own settings say is not known to it but for the database; `sandbox_url` is told to it, and whatever
    `settings` name more variables.
    """

    def __init__(self, *, sandbox_url: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.port, self.sandbox_url, self.settings = free_port(), sandbox_url, settings or {}
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if self._process is None or self._process.poll() is not None:
            self._launch()
        wait_for(f"{self.url}/accounts/login/")

    def _launch(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "project.asgi:application", "--lifespan", "off"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--timeout-graceful-shutdown", "3"]
        command += ["--no-proxy-headers", "--log-level", "warning"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.server_settings",
            "STUDIO_TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "STUDIO_SANDBOX_URL": self.sandbox_url,
            **self.settings,
        }
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def stop(self) -> float:
        """Ask it to end, and return how many seconds that took."""
        assert self._process
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._process = None
        return time.monotonic() - began


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    ends = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < ends:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


def session_of(person: User) -> str:
    """Return the cookie of a session in which this person is signed in."""
    client = StrictClient()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def sign_in(context: BrowserContext, person: User, url: str) -> None:
    """Give a browser profile the session of a person."""
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(person), "url": url}
    context.add_cookies([cookie])  # type: ignore[list-item]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
