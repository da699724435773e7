"""Bodies that are too large, said to be so or growing so, before any of them is kept."""

import asyncio
from typing import Any

import pytest

from project.bodies import MB, MOST, MOST_FOR_STRANGERS, BodyLimit, Message, Receive, Scope, Send

SESSION = (b"cookie", b"theme=dark; sessionid=abc")


class Reader:
    """An application that reads a body to its end, as Django does, and answers 200."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.read += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def answer_to(*headers: tuple[bytes, bytes], size: int, piece: int = MB) -> tuple[list[int], int]:
    """Send a body in pieces; return the statuses that came back and how much the application has read."""
    reader, statuses = Reader(), []
    left = [piece] * (size // piece) + [size % piece]

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(left.pop()), "more_body": bool(left)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: dict[str, Any] = {"type": "http", "headers": list(headers)}
    asyncio.run(BodyLimit(reader, "sessionid")(scope, receive, send))
    return statuses, reader.read


def said(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()


def test_what_is_said_to_be_too_large_is_not_read() -> None:
    assert answer_to(SESSION, said(MOST + 1), size=MOST + 1, piece=MOST) == ([413], 0)
    assert answer_to(said(MOST_FOR_STRANGERS + 1), size=MOST_FOR_STRANGERS + 1) == ([413], 0)


@pytest.mark.parametrize(
    "header", [(), ((b"content-length", b"12"),), ((b"content-length", b"-5"),)], ids=str
)
def test_what_grows_too_large_is_cut_off(header: tuple[tuple[bytes, bytes], ...]) -> None:
    statuses, read = answer_to(*header, size=MOST_FOR_STRANGERS + 5 * MB)
    assert statuses == [413]
    assert read <= MOST_FOR_STRANGERS


def test_what_is_as_large_as_allowed_is_read() -> None:
    assert answer_to(said(MOST_FOR_STRANGERS), size=MOST_FOR_STRANGERS) == ([200], MOST_FOR_STRANGERS)
    assert answer_to(SESSION, said(3 * MB), size=3 * MB) == ([200], 3 * MB)


def test_a_broken_cookie_belongs_to_a_stranger() -> None:
    assert answer_to((b"cookie", b"\xff\x00=;;sess\xe9ionid"), said(2 * MB), size=2 * MB) == ([413], 0)
