"""Sending a reply in its manner: whole, slowly, broken, without end, or not at all.

ASGI has no word for a broken answer, so the manners that need one reach for uvicorn's transport and write there.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from studio.sandbox.shapes import Reply

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SLOW_STEPS = 20
DRIP_S = 0.05
ENDLESS_S = 0.005
_PIECE = b" " * 65_536
_HUGE_BYTES = 200 * 1024 * 1024
# Time for what was written to arrive before the connection is reset, which throws away what has not.
_ARRIVAL_S = 0.03


async def send_reply(reply: Reply, method: str, receive: Receive, send: Send) -> None:
    """Send the reply. Returns when it is out, or when the client has left."""
    if reply.manner == "hang":
        await _until_gone(receive)
    elif reply.manner in ("reset", "cutheaders", "cutbody", "longer", "shorter"):
        await _send_broken(reply, receive, send)
    elif reply.manner == "dripheaders":
        await _drip_headers(receive, send)
    elif reply.manner in ("drip", "endless", "huge"):
        await _send_on_and_on(reply, receive, send)
    elif reply.manner == "slow" and method != "HEAD":
        await _start(reply, send, _headers(reply))
        await _trickle(reply, send)
    else:
        await _start(reply, send, _headers(reply))
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})


def _headers(reply: Reply) -> dict[str, str]:
    return {
        "content-type": reply.content_type,
        "content-length": str(len(reply.body)),
        **reply.headers,
    }


async def _start(reply: Reply, send: Send, headers: dict[str, str]) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})


async def _trickle(reply: Reply, send: Send) -> None:
    step = len(reply.body) // SLOW_STEPS + 1
    for start in range(0, len(reply.body), step):
        await send(
            {"type": "http.response.body", "body": reply.body[start : start + step], "more_body": True}
        )
        await asyncio.sleep(reply.pace_s / SLOW_STEPS)
    await send({"type": "http.response.body", "body": b""})


async def _send_broken(reply: Reply, receive: Receive, send: Send) -> None:
    """Write the answer by hand, as far as it goes, and break the connection."""
    transport = _transport(send)
    off = {"longer": 1000, "shorter": -(len(reply.body) // 2)}.get(reply.manner, 0)
    head = _head(reply, len(reply.body) + off)
    data = {
        "reset": b"",
        "cutheaders": head[: len(head) // 2],
        "cutbody": head + reply.body[: len(reply.body) // 2],
    }
    transport.write(data.get(reply.manner, head + reply.body))
    if reply.manner in ("longer", "shorter"):
        transport.close()
    else:
        await asyncio.sleep(_ARRIVAL_S)
        _reset(transport)
    await _until_gone(receive)


async def _drip_headers(receive: Receive, send: Send) -> None:
    """Never come to the end of the headers, a byte at a time."""
    transport = _transport(send)
    transport.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
    gone = asyncio.ensure_future(_until_gone(receive))
    while not gone.done():
        transport.write(b"x")
        await asyncio.wait([gone], timeout=DRIP_S)


async def _send_on_and_on(reply: Reply, receive: Receive, send: Send) -> None:
    """Send a body that comes a byte at a time, that never ends, or that is far larger than anybody would take."""
    headers = {"content-type": reply.content_type}
    if reply.manner == "drip":
        headers["content-length"] = str(len(reply.body))
    await _start(reply, send, headers)
    gone = asyncio.ensure_future(_until_gone(receive))
    async for piece in _pieces(reply):
        if gone.done():
            return
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    gone.cancel()


async def _pieces(reply: Reply) -> AsyncIterator[bytes]:
    if reply.manner == "drip":
        for at in range(len(reply.body)):
            yield reply.body[at : at + 1]
            await asyncio.sleep(DRIP_S)
        return
    # A picture, or a JSON object with a very long gap in it.
    yield reply.body[:1]
    sent = 0
    while reply.manner == "endless" or sent < _HUGE_BYTES:
        yield _PIECE
        sent += len(_PIECE)
        # What never ends needn't be fast: others want to be answered meanwhile.
        await asyncio.sleep(ENDLESS_S if reply.manner == "endless" else 0)
    yield reply.body[1:]


def _head(reply: Reply, length: int) -> bytes:
    lines = {**_headers(reply), "content-length": str(length)}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{text}\r\n".encode()


def _transport(send: Send) -> asyncio.Transport:
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    assert isinstance(transport, asyncio.Transport), "run by uvicorn"
    return transport


def _reset(transport: asyncio.Transport) -> None:
    """Break the connection so that the other side meets a reset, not an end."""
    if transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
