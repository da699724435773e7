"""One browser's event stream: what it hears, until its time is over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from studio.kit.database import free_request_thread
from studio.live.events import beat, hello, news_event
from studio.live.tail import Subscription, Tail, tail

HEARTBEAT_S = 15.0
# Afterwards the browser comes back with its cursor; whoever has signed out or been shut out stays away.
LIFETIME_S = 15 * 60.0


async def events(user_id: int, cursor: int | None) -> AsyncIterator[bytes]:
    """Yield the events of one stream: `hello` at once, then `changes`, `reset` and `beat`.

    `hello` shows the browser that nothing on the way holds the stream back; the first `changes` or `reset`
    after it catches up with the cursor.
    """
    free_request_thread()
    follower = tail()
    async with follower.subscribe(user_id) as subscription:
        yield hello()
        caught_up = await follower.catch_up(user_id, cursor)
        if caught_up is None:
            return
        yield news_event(caught_up)
        with _heart(subscription, follower):
            while (event := await subscription.queue.get()) is not None:
                yield event


@contextmanager
def _heart(subscription: Subscription, follower: Tail) -> Iterator[None]:
    """Let the stream beat, and end after its time.

    Timers of the loop's own, not a time limit around each wait: that took a fifth of what a told event costs.
    """
    loop = asyncio.get_running_loop()
    beats: list[asyncio.TimerHandle] = []

    def strike() -> None:
        if subscription.queue.empty():
            subscription.queue.put_nowait(beat(follower.cursor))
        beats[:] = [loop.call_later(HEARTBEAT_S, strike)]

    beats.append(loop.call_later(HEARTBEAT_S, strike))
    end = loop.call_later(LIFETIME_S, subscription.end)
    try:
        yield
    finally:
        for timer in (*beats, end):
            timer.cancel()
