"""A process with many open event streams; started by `benchmarks.streams`.

It says "all open" when each stream has caught up, listens until its standard input ends, and then prints as JSON when
each change was heard, by its subject.
"""

import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from typing import Any

OPENED_AT_ONCE = 50
TIMEOUT_S = 60.0
_IDS = re.compile(rb'"ids":\[([\d,]+)\]')


class Stream(asyncio.Protocol):
    """One browser's stream, read no further than for the ids that it tells."""

    def __init__(self, request: bytes, first_subject: int, heard: dict[int, list[float]]) -> None:
        self._request, self._first_subject, self._heard = request, first_subject, heard
        self.has_caught_up = asyncio.get_running_loop().create_future()
        self._known: set[int] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if not self.has_caught_up.done() and b"event: changes" in data:
            self.has_caught_up.set_result(None)
        for ids in _IDS.findall(data):
            # What lies behind a hole in the ids may be told twice.
            fresh = {int(number) for number in ids.split(b",")} - self._known
            self._known |= fresh
            for subject in fresh:
                if subject >= self._first_subject:
                    self._heard[subject].append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.has_caught_up.done():
            self.has_caught_up.set_exception(ConnectionError("A stream was closed."))


async def listen(asked: dict[str, Any]) -> dict[int, list[float]]:
    """Hold the streams open until the standard input ends."""
    request = (
        f"GET /live/stream HTTP/1.1\r\nHost: localhost:{asked['port']}\r\nCookie: {asked['cookie']}\r\n"
        "Accept: text/event-stream\r\n\r\n"
    ).encode()
    heard: dict[int, list[float]] = defaultdict(list)
    loop = asyncio.get_running_loop()
    some = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one() -> None:
        async with some, asyncio.timeout(TIMEOUT_S):
            _, stream = await loop.create_connection(
                lambda: Stream(request, asked["first_subject"], heard), "127.0.0.1", asked["port"]
            )
            await stream.has_caught_up

    await asyncio.gather(*(open_one() for _ in range(asked["streams"])))
    print("all open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return heard


if __name__ == "__main__":
    print(json.dumps(asyncio.run(listen(json.loads(sys.stdin.readline())))))
