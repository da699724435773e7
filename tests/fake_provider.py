"""A provider on localhost that answers every question as the test says, and remembers who asked."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass(frozen=True)
class Answer:
    """How each question is answered: `cuts` the connection, `waits` until the provider is stopped, or a status."""

    status: int = 200
    body: str = '{"models": []}'
    cuts: bool = False
    waits: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request as it came: `body` is empty for a question."""

    path: str
    secret: str
    body: bytes = b""


class FakeProvider:
    """Runs in a thread. `asked` holds the path and the credential of each request.

    `answer` is for everything; a function decides by what was asked. `date` is what its clock says, if not now.
    """

    def __init__(self) -> None:
        self.answer: Answer | Callable[[Asked], Answer] = Answer()
        self.credits = 4321
        self.date = ""
        self.asked: set[tuple[str, str]] = set()
        self._is_over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def stop(self) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(fake) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request's handler below
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, credential = self.path.partition("?")[0], self.headers.get("authorization", "")
                fake.asked.add((path, self.headers.get("x-api-key") or credential))
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                fake._reply(self, Asked(path, credential.removeprefix("Bearer "), body))

            def do_POST(self) -> None:
                self.do_GET()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return fake.date or super().date_time_string(timestamp)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def _reply(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer = self.answer if isinstance(self.answer, Answer) else self.answer(asked)
        if handler.path.startswith("/api-user/") and answer.status == 200:
            answer = Answer(body=json.dumps({"credits": self.credits}))
        if answer.waits:
            self._is_over.wait(10)
        if answer.cuts or answer.waits:
            handler.close_connection = True
            return
        body = answer.body.encode()
        handler.send_response(answer.status)
        for name, value in {**answer.headers, "content-length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    yield provider
    if provider._thread.is_alive():
        provider.stop()
