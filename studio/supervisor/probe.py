"""Asks the web process for its health, without ever waiting for it."""

import contextlib
import socket
import time

PAUSE_S = 0.5
GOOD = b"HTTP/1.1 200 "
_QUESTION = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Probe:
    """One question on one connection: it waits in the listener's queue until the web process takes it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._answer = b""
        self._ask_again_at = 0.0

    def is_asking(self) -> bool:
        """Tell whether there is an answer to wait for; after a bad one there is a pause."""
        return self._socket is not None or time.monotonic() >= self._ask_again_at

    def fileno(self) -> int:
        """Return what to wait for. Asks when nothing was asked yet."""
        if self._socket is None:
            self._answer = b""
            self._ask_again_at = time.monotonic() + PAUSE_S
            self._socket = socket.create_connection(self._address, timeout=2)
            self._socket.setblocking(False)
            self._socket.sendall(_QUESTION)
        return self._socket.fileno()

    def answer(self) -> bytes:
        """Return the first line of the answer, empty while it hasn't come; then the next question is a new one."""
        if self._socket is None:
            return b""
        try:
            piece = self._socket.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            piece = b""
        self._answer += piece
        line, is_whole, _ = self._answer.partition(b"\r\n")
        if is_whole or not piece:
            self.close()
        return line if is_whole else b""

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None
