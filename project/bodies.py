"""Limits the size of what is sent to us before any of it is kept: Django writes a whole body to disk first."""

from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MB = 1024 * 1024
# A sign-in, or the answers of a form that somebody fills before they have a session.
MOST_FOR_STRANGERS = 1 * MB
# Four of the largest reference images at once; a page with scripts sends them one by one.
MOST = 128 * MB


class BodyLimit:
    """Answers 413 to a body that is too large: at once where its length is said, else when it grows beyond.

    `session_cookie` names the cookie without which somebody counts as a stranger. Whether it is a true one isn't
    asked here: that would need the database.
    """

    def __init__(self, application: Application, session_cookie: str) -> None:
        self._application = application
        self._session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        most = MOST if self._has_session(headers.get(b"cookie", b"")) else MOST_FOR_STRANGERS
        if _length(headers.get(b"content-length", b"")) > most:
            await _refuse(send, most)
            return
        await self._count(most, scope, receive, send)

    async def _count(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the body on and count it; Django hears of a disconnection when it has grown too large."""
        received = 0
        has_answered = False

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return {"type": "http.disconnect"} if received > most else message

        async def send_noted(message: Message) -> None:
            nonlocal has_answered
            has_answered = True
            await send(message)

        await self._application(scope, receive_counted, send_noted)
        if received > most and not has_answered:
            await _refuse(send, most)

    def _has_session(self, header: bytes) -> bool:
        try:
            return self._session_cookie in SimpleCookie(header.decode("latin-1"))
        except CookieError:
            return False


def _length(header: bytes) -> int:
    # What isn't a number is refused by the server itself.
    return int(header) if header.isdigit() else 0


async def _refuse(send: Send, most: int) -> None:
    sentence = f"This is too much at once: at most {most // MB} MB can be sent.\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(sentence)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"same-origin"),
        (b"cache-control", b"private, no-store"),
        # The rest of the body isn't read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})
