"""Fetching result files safely: public addresses only, checked where the connection is made, into one file.

Nothing of ours goes along (no key, no cookie, no referrer, no proxy), redirects are followed by hand and each is
checked again, the size is capped while streaming, and one deadline stands over everything. The address that was
checked is the one that is connected to, so a name that resolves differently the second time gains nothing.
"""

import asyncio
import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote, urldefrag, urljoin

from studio.kit.addresses import AddressRefused, check_url
from studio.kit.checked_backend import CheckedBackend
from studio.kit.fault_points import reach
from studio.kit.http import OpenAnswer, Transports
from studio.kit.wire import HttpFailure

MAX_FILE_BYTES: Final = 100 * 1024 * 1024
MAX_REDIRECTS: Final = 5
_WRITE_BYTES: Final = 256 * 1024
_DECODE_CHARACTERS: Final = 1024 * 1024
_REDIRECTS: Final = (301, 302, 303, 307, 308)
# A fresh result may be missing for a moment; what is gone, forbidden or malformed stays so.
_PASSING: Final = (404, 408, 425, 429)


class DownloadFailed(Exception):
    """A file could not be had. `permanent`: trying again would change nothing. `status`: HTTP's, if it came to one."""

    def __init__(self, sentence: str, *, permanent: bool, status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.status = status


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What was stored: its size, and its SHA-256 in hexadecimal."""

    size_bytes: int
    sha256: str


class DownloadClients:
    """Connections for downloads, for one event loop; use as an async context manager.

    Kept apart by allowed hosts, so that a connection made under one provider's permission never serves another.
    """

    def __init__(self) -> None:
        self._transports: dict[frozenset[str], Transports] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def transports_for(self, allowed_hosts: frozenset[str]) -> Transports:
        found = self._transports.get(allowed_hosts)
        if found is None:
            found = Transports(has_keepalive=True, backend=CheckedBackend(allowed_hosts))
            self._transports[allowed_hosts] = found
            await self._stack.enter_async_context(found)
        return found


async def download(
    url: str,
    *,
    to: Path,
    allowed_hosts: Iterable[str],
    max_bytes: int,
    deadline_s: float,
    clients: DownloadClients | None = None,
) -> Downloaded:
    """Fetch a file into `to`, which appears complete and synced or not at all. Raises DownloadFailed.

    `allowed_hosts` are the "host:port" that may be plain http or private. Pass `clients` to reuse connections.
    """
    allowed = frozenset(host.strip().lower() for host in allowed_hosts)
    async with AsyncExitStack() as stack:
        lent = await stack.enter_async_context(DownloadClients()) if clients is None else clients
        try:
            async with asyncio.timeout(deadline_s):
                transports = await lent.transports_for(allowed)
                async with _open_at_last(transports, url, allowed, deadline_s) as answer:
                    return await _store(answer, to, max_bytes)
        except TimeoutError as error:
            raise DownloadFailed("The file took too long to download.", permanent=False) from error
        except AddressRefused as error:
            raise DownloadFailed(f"The file was not fetched: {error.sentence}", permanent=True) from error
        except HttpFailure as error:
            raise DownloadFailed("The connection to the file's server failed.", permanent=False) from error


def store_base64(text: str, to: Path, *, max_bytes: int = MAX_FILE_BYTES) -> Downloaded:
    """Decode base64 or a data URI into `to`, complete and synced or not at all. Raises DownloadFailed.

    Takes both alphabets, with or without padding and line breaks. Blocking: call it in a thread.
    """
    sink = _Sink(to, max_bytes)
    try:
        for piece in _decode(_payload(text)):
            sink.write(piece)
        return sink.finish()
    except binascii.Error as error:
        raise DownloadFailed("The provider's image is not proper base64.", permanent=True) from error
    finally:
        sink.discard()


@asynccontextmanager
async def _open_at_last(
    transports: Transports, url: str, allowed: frozenset[str], timeout_s: float
) -> AsyncIterator[OpenAnswer]:
    """Follow redirects to the answer that holds the file, checking each address on the way."""
    for _ in range(MAX_REDIRECTS + 1):
        check_url(url, allowed)
        async with transports.open(
            "GET", url, timeout_s=timeout_s, headers={"accept": "image/*,*/*"}
        ) as answer:
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                _check(answer)
                yield answer
                return
        url = _next_url(url, location)
    raise DownloadFailed("The file's address leads from one place to the next without end.", permanent=True)


def _next_url(url: str, location: str) -> str:
    try:
        return urldefrag(urljoin(url, location)).url
    except ValueError as error:
        raise AddressRefused("It leads to an address that can't be read.") from error


def _check(answer: OpenAnswer) -> None:
    status = answer.status
    if status != 200:
        is_permanent = status < 500 and status not in _PASSING
        sentence = f"The file's server answered with HTTP {status} instead of the file."
        raise DownloadFailed(sentence, permanent=is_permanent, status=status)
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise DownloadFailed("The file came compressed, though asked not to.", permanent=True, status=status)


async def _store(answer: OpenAnswer, to: Path, max_bytes: int) -> Downloaded:
    length = answer.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)
    sink = _Sink(to, max_bytes)
    waiting = bytearray()
    try:
        async for chunk in answer.chunks():
            waiting += chunk
            reach("file.begun")
            if len(waiting) >= _WRITE_BYTES:
                await asyncio.to_thread(sink.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(sink.write, bytes(waiting))
        return await asyncio.to_thread(sink.finish)
    finally:
        sink.discard()


def _too_large(max_bytes: int) -> DownloadFailed:
    return DownloadFailed(f"The file is larger than {max_bytes / 1_000_000:.0f} MB.", permanent=True)


class _Sink:
    """A file being written under a temporary name, hashed as it grows, then put in its place at once."""

    def __init__(self, to: Path, max_bytes: int) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        self._to = to
        self._max_bytes = max_bytes
        self._part = to.with_name(f".{to.name}.{secrets.token_hex(6)}.part")
        self._file = self._part.open("xb")
        self._hash = hashlib.sha256()
        self._size_bytes = 0

    def write(self, data: bytes) -> None:
        self._size_bytes += len(data)
        if self._size_bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._hash.update(data)
        self._file.write(data)

    def finish(self) -> Downloaded:
        if self._size_bytes == 0:
            raise DownloadFailed("The file is empty.", permanent=False)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._to)
        folder = os.open(self._to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else the name may be lost with the power, though the bytes are not
        finally:
            os.close(folder)
        return Downloaded(self._size_bytes, self._hash.hexdigest())

    def discard(self) -> None:
        """Leave nothing behind; after `finish` there is nothing to leave."""
        with suppress(OSError):  # a full disk says so once more
            self._file.close()
        self._part.unlink(missing_ok=True)


def _payload(text: str) -> str:
    """Return the base64 of a data URI, or the text as it is."""
    if text[:5].lower() != "data:":
        return text
    head, comma, payload = text.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise DownloadFailed("The provider's image is a data URI without base64.", permanent=True)
    return unquote(payload) if "%" in payload else payload


def _decode(payload: str) -> Iterable[bytes]:
    """Yield the bytes piece by piece, so that a large image isn't in memory several times."""
    carry, is_padded = "", False
    for start in range(0, len(payload), _DECODE_CHARACTERS):
        piece = carry + re.sub(r"\s", "", payload[start : start + _DECODE_CHARACTERS])
        if piece and is_padded:
            raise binascii.Error("data after the padding")
        whole = len(piece) - len(piece) % 4
        carry, is_padded = piece[whole:], is_padded or piece[:whole].endswith("=")
        yield _decode_piece(piece[:whole])
    rest = carry.rstrip("=")
    yield _decode_piece(rest + "=" * (-len(rest) % 4))


def _decode_piece(piece: str) -> bytes:
    try:
        return base64.b64decode(piece.translate(_URL_SAFE), validate=True)
    except ValueError as error:  # characters beyond ASCII
        raise binascii.Error(str(error)) from error


_URL_SAFE: Final = str.maketrans("-_", "+/")
