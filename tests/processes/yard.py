"""Studio and a provider, kept running while one round after the other is played in them; nothing is cleared between."""

import secrets
import time
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx
import psycopg

from tests.checker import Report
from tests.processes.installation import PATIENCE_S, Installation
from tests.processes.visitor import PAGE, Visitor
from tests.sandbox_server import SandboxServer
from tests.told import find_secrets, find_unclear

# A fifth of the usual time: 0.6 to 1.2 s at the Hub, 0.8 to 1.6 s at ModelStream.
SPEED = 0.2
# A child of the supervisor that lived for longer than this is started again at once.
STEADY_S = 21.0


class Yard:
    """Use as a context manager. `server` is a PostgreSQL server on which it makes itself a database."""

    def __init__(
        self, folder: Path, server: str = "", patience_s: float = PATIENCE_S, **settings: str
    ) -> None:
        self.provider = SandboxServer(speed=SPEED, state=folder / "sandbox.jsonl").start()
        self._server, self._database = server, f"studio_yard_{uuid4().hex[:12]}"
        if server:
            settings["STUDIO_DATABASE_URL"] = self._make_database()
        self.studio = Installation(folder, sandbox_url=self.provider.url, **settings)
        self.studio.patience_s = patience_s
        self.visitor = Visitor(self.studio.url)
        self.rounds = 0
        self._key = f"ms-{secrets.token_urlsafe(24)}"
        self._forms: dict[str, dict[str, str]] = {}
        self._child_killed_at = -STEADY_S

    def __enter__(self) -> Self:
        try:
            self.studio.start()
            self.studio.use_key(self._key, self.provider)
            self.visitor.sign_in(self.studio.sign_in_shown())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.visitor.__exit__(None, None, None)
        self.studio.kill_everything()
        self.provider.stop()
        if self._server:
            self._ask_server(f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)")

    def note_child_killed(self) -> None:
        """The supervisor starts what dies again and again later and later; that is not what is measured."""
        if time.monotonic() - self._child_killed_at < STEADY_S:
            self.studio.kill_everything()
            self.studio.start()
        self._child_killed_at = time.monotonic()

    def press(self, model: str, prompt: str) -> None:
        """Press Generate until the press is taken: a person whose browser shows an error tries again.

        So does who reads that the database didn't answer: a process that is frozen amid a write holds SQLite's lock.
        """
        form = self._forms[model] = self._forms.get(model) or self.visitor.form(model)
        token, deadline = str(uuid4()), time.monotonic() + self.studio.patience_s
        while True:
            try:
                return self.visitor.press(form, prompt, token)
            except httpx.HTTPStatusError as refused:
                if refused.response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "the pages didn't come back"
            time.sleep(0.05)

    def accepted(self, words: str) -> Counter[str]:
        """How often the provider has accepted each prompt that begins like this."""
        counts = self.provider.bill()["idempotency"]
        return Counter({prompt: times for prompt, times in counts.items() if prompt.startswith(words)})

    def check(self, words: str) -> Report:
        """Compare everything; read the pages of those whose prompt begins like this; look for secrets everywhere."""
        report = self.studio.check(self.provider)
        pages: dict[int, str] = {}

        def read(id: int) -> str:
            return pages.setdefault(id, self.visitor.get(f"{PAGE}generations/{id}/").text)

        made = self.studio.rows(
            "SELECT g.id, g.status FROM studio_generation g JOIN studio_batch b ON b.id = g.batch_id"
            f" WHERE b.prompt LIKE '{words}%' ORDER BY g.id"
        )
        report.problems.extend(find_unclear(made, read))
        report.problems.extend(self._leaks(pages.values()))
        return report

    def _leaks(self, pages: Iterable[str]) -> list[str]:
        known = self.studio.secrets(self._key)
        return find_secrets(known, self.studio.rows, self.studio.tables(), [self.studio.log], pages)

    def _make_database(self) -> str:
        self._ask_server(f"CREATE DATABASE {self._database}")
        return self._server.rpartition("/")[0] + "/" + self._database

    def _ask_server(self, command: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(command)  # type: ignore[arg-type]
