"""How the bodies of requests arrive where the disk may be full: Django spools them before anything else sees them."""

import contextlib
import io
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler

from studio.kit.disk import NO_ROOM

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Handler(ASGIHandler):
    """Django's own, but for a body that finds no room: it is read to its end, and then says so to who reads it."""

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Return the body as a file, in memory while it is small; raise RequestAborted where the sender has gone."""
        most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        body: IO[bytes] = tempfile.SpooledTemporaryFile(most)  # noqa: SIM115  # Django closes it
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                _close(body)
                raise RequestAborted
            is_over = not message.get("more_body", False)
            try:
                body.write(message.get("body", b""))
                if is_over:
                    body.seek(0)
                    return body
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                _close(body)
                # A browser that is still sending wouldn't hear an answer, so the rest goes nowhere.
                body = cast("IO[bytes]", _Unkept(error.errno))
                if is_over:
                    return body


class _Unkept(io.RawIOBase):
    """A body that was not kept: it takes everything, and reading it tells why it is not there."""

    def __init__(self, errno: int) -> None:
        super().__init__()
        self._errno = errno

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        raise OSError(self._errno, "The body found no room.")


def _close(body: IO[bytes]) -> None:
    # What is still in its buffer has no room either.
    with contextlib.suppress(OSError):
        body.close()
