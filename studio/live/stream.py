"""The text of the event stream: what one browser hears, until its time is over."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from studio.kit.database import free_request_thread
from studio.live.queries import News, told
from studio.live.tail import tail

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
        yield event("hello", {})
        caught_up = await follower.catch_up(user_id, cursor)
        if caught_up is None:
            return
        yield news_event(caught_up)
        ends_at = time.monotonic() + LIFETIME_S
        while (left_s := ends_at - time.monotonic()) > 0:
            try:
                # Unlike `wait_for`, this makes no task of its own for each event of each stream.
                async with asyncio.timeout(min(HEARTBEAT_S, left_s)):
                    news = await subscription.queue.get()
            except TimeoutError:
                yield event("beat", {"cursor": follower.cursor}, follower.cursor)
                continue
            if news is None:
                return
            yield news_event(news)


def news_event(news: News) -> bytes:
    """Write news as one event, with the cursor as its id so that a browser resumes there by itself."""
    if news.is_reset:
        return event("reset", {"cursor": news.cursor}, news.cursor)
    return event("changes", {"cursor": news.cursor, "changes": told(news.changes)}, news.cursor)


def event(name: str, data: object, event_id: int | None = None) -> bytes:
    """Write one server-sent event."""
    lines = [f"event: {name}", f"data: {json.dumps(data, separators=(',', ':'))}"]
    if event_id is not None:
        lines.insert(0, f"id: {event_id}")
    return ("\n".join(lines) + "\n\n").encode()
