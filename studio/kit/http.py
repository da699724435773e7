"""The only module that imports httpx: requests to providers, and the connections of downloads.

- Several transports of at most 8 connections each, never one large pool: with 64 requests at once one pool
  gave 91 requests/s, eight gave 592.
- Submissions never reuse a connection and are never repeated: on a reused one the server may just be closing
  it, and nobody would know whether it took the paid request.
- No proxies, redirects, cookies or compression.
- A credential that an answer repeats is blotted out before anybody sees it.
- Connecting has at most three quarters of a request's time, in three bounded steps (pool, connect, TLS). So
  when the one deadline over everything strikes, the request is on its way, and `was_sent` tells the truth.
"""

import asyncio
import functools
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Final, Self

import httpcore
import httpx

from studio.kit.fault_points import reach
from studio.kit.wire import HttpAnswer, HttpCall, HttpFailure

CONNECTIONS_PER_TRANSPORT: Final = 8
MAX_TRANSPORTS: Final = 32
MAX_BODY_BYTES: Final = 100 * 1024 * 1024
_CONNECT_TIMEOUT_S: Final = 10.0
# Shorter than the 5 s after which common servers close an idle connection.
_KEEPALIVE_EXPIRY_S: Final = 4.0
_COMMON_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "Studio"}

_UNREACHABLE = "The provider's server could not be reached. Nothing was sent."
_TOO_SLOW_TO_CONNECT = "The provider's server took too long to answer the call. Nothing was sent."
_TOO_BUSY = "Too many requests are under way to the provider. Nothing was sent."
_BAD_ADDRESS = "The provider's address or the request can't be written as an HTTP request. Nothing was sent."
_BROKEN = "The connection broke before the provider's answer was complete."
_TOO_SLOW = "The provider did not answer in time."
_ODD = "The provider's answer was not proper HTTP."

# The sentence and `was_sent` of every error; an error stands for its subclasses, the nearest one decides.
FAILURES: Final[Mapping[type[Exception], tuple[str, bool]]] = {
    httpx.ConnectError: (_UNREACHABLE, False),  # DNS and TLS too
    httpx.ConnectTimeout: (_TOO_SLOW_TO_CONNECT, False),
    httpx.PoolTimeout: (_TOO_BUSY, False),
    httpx.ProxyError: (_UNREACHABLE, False),
    httpx.UnsupportedProtocol: (_BAD_ADDRESS, False),
    httpx.InvalidURL: (_BAD_ADDRESS, False),
    httpx.LocalProtocolError: (
        _BAD_ADDRESS,
        False,
    ),  # raised while the headers are written down, before any is sent
    httpx.NetworkError: (_BROKEN, True),
    httpx.TimeoutException: (_TOO_SLOW, True),
    httpx.ProtocolError: (_ODD, True),
    httpx.RemoteProtocolError: (_BROKEN, True),
    httpx.DecodingError: (_ODD, True),
    httpx.TooManyRedirects: (_ODD, True),
    httpx.HTTPError: (_BROKEN, True),
    httpx.StreamError: (_BROKEN, True),
    httpx.CookieConflict: (_ODD, True),
    OSError: (_BROKEN, True),
    ValueError: (_ODD, True),
}


def failure_of(error: Exception) -> HttpFailure:
    """Say what an error of httpx means: a sentence, and whether the provider may have got the request."""
    sentence, was_sent = next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)
    is_unreachable = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    return HttpFailure(sentence, was_sent=was_sent, is_unreachable=is_unreachable)


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """An answer whose body is still to be read, once."""

    status: int
    headers: Mapping[str, str]
    _response: httpx.Response = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, as it was sent. Raises HttpFailure."""
        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except tuple(FAILURES) as error:
            raise failure_of(error) from error


class Transports:
    """Connections of one kind, in groups of at most 8; use as an async context manager.

    `backend` replaces the way in which connections are opened; `on_sent` is called when a request is all out.
    """

    def __init__(
        self,
        *,
        has_keepalive: bool,
        backend: httpcore.AsyncNetworkBackend | None = None,
        on_sent: Callable[[], None] | None = None,
    ) -> None:
        self._has_keepalive = has_keepalive
        self._backend = backend
        self._on_sent = on_sent
        self._lent: dict[bool, list[_Lendable]] = {True: [], False: []}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> AsyncIterator[OpenAnswer]:
        """Send a request and give its answer, the body unread. Raises HttpFailure.

        `timeout_s` bounds each step; the caller sets the deadline over all of them.
        """
        request = _write_request(method, url, headers, content, timeout_s)
        if self._on_sent:
            request.extensions["trace"] = _tell_when_sent(self._on_sent)
        with self._lend(is_tls=request.url.scheme == "https") as transport:
            try:
                response = await transport.handle_async_request(request)
            except tuple(FAILURES) as error:
                raise failure_of(error) from error
            try:
                yield OpenAnswer(response.status_code, dict(response.headers), response)
            finally:
                await response.aclose()

    @contextmanager
    def _lend(self, *, is_tls: bool) -> Iterator[httpx.AsyncHTTPTransport]:
        """Lend the least busy transport, or a new one when all are full."""
        lent = self._lent[is_tls]
        chosen = min(lent, key=lambda one: one.busy, default=None)
        if chosen is None or (chosen.busy >= CONNECTIONS_PER_TRANSPORT and len(lent) < MAX_TRANSPORTS):
            chosen = _Lendable(self._new_transport(is_tls=is_tls))
            lent.append(chosen)
        chosen.busy += 1
        try:
            yield chosen.transport
        finally:
            chosen.busy -= 1

    def _new_transport(self, *, is_tls: bool) -> httpx.AsyncHTTPTransport:
        context = _tls_context() if is_tls else _no_tls_context()
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        # httpx has no parameter for the network backend, so its pool is replaced by the same one with it.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS_PER_TRANSPORT,
            max_keepalive_connections=CONNECTIONS_PER_TRANSPORT if self._has_keepalive else 0,
            keepalive_expiry=_KEEPALIVE_EXPIRY_S,
            retries=0,
            network_backend=self._backend,
        )
        self._stack.push_async_callback(transport.aclose)
        return transport


@dataclass(slots=True)
class _Lendable:
    transport: httpx.AsyncHTTPTransport
    busy: int = 0


class ApiClients:
    """The way to the providers' APIs, for one event loop; use as an async context manager."""

    def __init__(self) -> None:
        self._submissions = Transports(has_keepalive=False, on_sent=partial(reach, "submission.sent"))
        self._polls = Transports(has_keepalive=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._submissions.__aexit__(kind, error, trace)
        await self._polls.__aexit__(kind, error, trace)

    async def send_submission(
        self, base_url: str, call: HttpCall, *, timeout_s: float, max_bytes: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Send a paid request, once, on a connection of its own. Raises HttpFailure."""
        return await _send(self._submissions, base_url, call, timeout_s, max_bytes)

    async def send_poll(
        self, base_url: str, call: HttpCall, *, timeout_s: float, max_bytes: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Send a free question. Raises HttpFailure."""
        return await _send(self._polls, base_url, call, timeout_s, max_bytes)


async def _send(
    transports: Transports, base_url: str, call: HttpCall, timeout_s: float, max_bytes: int
) -> HttpAnswer:
    is_full = call.path.startswith(("https://", "http://"))
    url = call.path if is_full else base_url.rstrip("/") + call.path
    headers = {"accept": "application/json", **call.headers}
    content = None if call.json is None else _write_json(call)
    if content is not None:
        headers["content-type"] = "application/json"
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            opened = transports.open(call.method, url, timeout_s=timeout_s, headers=headers, content=content)
            async with opened as answer:
                body = await read_body(answer, max_bytes)
    except TimeoutError as error:
        raise HttpFailure(_TOO_SLOW, was_sent=True) from error
    complete = HttpAnswer(answer.status, answer.headers, body, time.monotonic() - started)
    return functools.reduce(HttpAnswer.without, call.secrets, complete)


async def read_body(answer: OpenAnswer, max_bytes: int) -> bytes:
    """Return the whole body of an answer. Raises HttpFailure for more than so many bytes, and for a compressed one."""
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise HttpFailure("The provider sent a compressed answer, though asked not to.", was_sent=True)
    body = bytearray()
    async for chunk in answer.chunks():
        body += chunk
        if len(body) > max_bytes:
            raise HttpFailure("The provider's answer is too large to be taken.", was_sent=True)
    return bytes(body)


def _write_json(call: HttpCall) -> bytes:
    try:
        return json.dumps(call.json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise HttpFailure(_BAD_ADDRESS, was_sent=False) from error


def _write_request(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_s: float
) -> httpx.Request:
    connect_s = min(_CONNECT_TIMEOUT_S, timeout_s / 4)
    timeout = httpx.Timeout(timeout_s, connect=connect_s, pool=connect_s)
    try:
        return httpx.Request(
            method,
            url,
            headers={**_COMMON_HEADERS, **headers},
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise HttpFailure(_BAD_ADDRESS, was_sent=False) from error


def _tell_when_sent(tell: Callable[[], None]) -> Callable[[str, object], Awaitable[None]]:
    async def trace(event: str, _: object) -> None:
        if event == "http11.send_request_body.complete":
            tell()

    return trace


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """One for all: each takes tens of milliseconds and megabytes. SSL_CERT_FILE is honoured, else certifi."""
    return httpx.create_ssl_context()


@functools.cache
def _no_tls_context() -> ssl.SSLContext:
    """For plain http: trusts nobody, costs nothing."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
