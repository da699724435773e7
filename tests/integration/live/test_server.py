"""Open streams of the real server: what they cost it."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from django.conf import settings

from tests.cast import Cast
from tests.server import WebServer, session_of

pytestmark = pytest.mark.processes


@pytest.fixture
def server(transactional_db: None) -> Iterator[WebServer]:
    running = WebServer()
    running.start()
    yield running
    running.kill()


def open_stream(server: WebServer, cookie: str, stack: ExitStack) -> HTTPResponse:
    connection = stack.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=10)))
    connection.request("GET", "/live/stream", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    return stack.enter_context(connection.getresponse())


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_open_streams_share_one_thread(cast: Cast, server: WebServer) -> None:
    cookie = session_of(cast.viewer)
    with ExitStack() as stack:
        for _ in range(20):
            stream = open_stream(server, cookie, stack)
            assert [stream.readline() for _ in range(2)] == [b"event: hello\n", b"data: {}\n"]
        threads = len(list(Path(f"/proc/{server.pid}/task").iterdir()))
        assert threads < 15
    assert server.stop() < 8
