"""One reader of new changes per web process, which tells all of the process's streams.

It starts with the first stream and ends with the last. Its database work runs in one thread of its own,
with one connection, so that a thousand idle streams cost one small query per tick.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.db import connection

from studio.live.events import news_event
from studio.live.models import Change
from studio.live.queries import News, changes_after, current_cursor, new_changes, visible_projects
from studio.live.rights import SIGNED_OUT

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

TICK_S = 0.2
# What a reader may see is asked again this often, and sooner when there is news to tell.
READER_MAX_AGE_S = 15.0
READER_MAX_AGE_FOR_NEWS_S = 1.0
AFTER_FAILURE_S = 1.0
QUEUE_LIMIT = 100


@dataclass(eq=False, slots=True)
class Subscription:
    """What one stream has yet to send: events of its reader's projects. `None` ends the stream."""

    user_id: int
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))

    def tell(self, event: bytes, cursor: int) -> None:
        """Queue an event; a stream that can't keep up is told to reload instead of growing without bound."""
        if self.queue.full():
            self._clear()
            event = news_event(News(cursor, is_reset=True))
        self.queue.put_nowait(event)

    def end(self) -> None:
        self._clear()
        self.queue.put_nowait(None)

    def _clear(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a person may see (None: nothing any more), and when that was asked."""

    projects: frozenset[int] | None
    asked_at: float


class Tail:
    """Reads new changes every tick and hands them to the subscriptions of those who may see them."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._readers: dict[int, _Reader] = {}
        self._cursor = 0
        # Told already, though the cursor has not passed them yet.
        self._ahead: set[int] = set()
        self._started = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    @asynccontextmanager
    async def subscribe(self, user_id: int) -> AsyncIterator[Subscription]:
        """Give a subscription that hears everything from now on."""
        subscription = Subscription(user_id)
        self._subscriptions.add(subscription)
        if self._task is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-tail")
            self._task = asyncio.create_task(self._follow(self._thread))
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                self._stop()

    async def catch_up(self, user_id: int, cursor: int | None) -> News | None:
        """Read what the person's projects told after a cursor; None when the person may see nothing more."""
        # Only what happens from the tail's start on reaches the queue; this must not read before.
        await self._started.wait()
        news = News(self._cursor) if cursor is None else await self._ask(lambda: changes_after(cursor))
        await self._ask_readers({user_id}, READER_MAX_AGE_FOR_NEWS_S)
        return self._for_reader(user_id, news, news.changes)

    @property
    def is_running(self) -> bool:
        return self._task is not None

    @property
    def cursor(self) -> int:
        """Where a stream stands that has sent all of its queue."""
        return self._cursor

    async def _follow(self, thread: ThreadPoolExecutor) -> None:
        """Tell what is new, forever; a database that is away is asked again."""
        try:
            while True:
                try:
                    await self._tick()
                except Exception:
                    log.exception("live.tail.failed")
                    await self._ask(_close_connection)
                    await asyncio.sleep(AFTER_FAILURE_S)
                await asyncio.sleep(TICK_S)
        finally:
            thread.submit(_close_connection)
            thread.shutdown(wait=False)

    async def _tick(self) -> None:
        if not self._started.is_set():
            self._cursor = await self._ask(current_cursor)
            self._started.set()
        news = await self._ask(lambda: new_changes(self._cursor))
        fresh = [change for change in news.changes if change.id not in self._ahead]
        max_age_s = READER_MAX_AGE_FOR_NEWS_S if fresh else READER_MAX_AGE_S
        await self._ask_readers({subscription.user_id for subscription in self._subscriptions}, max_age_s)
        # Written once for all streams of a person. Of who was signed out somewhere all end, and the others come back.
        own: dict[int, bytes | None] = {
            change.subject_id: None for change in fresh if change.subject_kind == SIGNED_OUT
        }
        for subscription in list(self._subscriptions):
            user_id = subscription.user_id
            if user_id not in own:
                own[user_id] = self._event_for(user_id, news, fresh)
            event = own[user_id]
            if event is None:
                subscription.end()
            elif event:
                subscription.tell(event, news.cursor)
        self._cursor = news.cursor
        self._ahead = {change.id for change in news.changes if change.id > news.cursor}

    def _event_for(self, user_id: int, news: News, changes: Iterable[Change]) -> bytes | None:
        """Write what a person hears of these changes: empty for nothing, None for never again."""
        own = self._for_reader(user_id, news, changes)
        if own is None:
            return None
        return news_event(own) if own.changes else b""

    def _for_reader(self, user_id: int, news: News, changes: Iterable[Change]) -> News | None:
        """Keep what a person may see; nothing at all when that is not known yet."""
        reader = self._readers.get(user_id)
        if reader is None:
            return News(news.cursor)
        if reader.projects is None:
            return None
        own = [change for change in changes if change.project_id in reader.projects]
        return News(news.cursor, own, news.is_reset)

    async def _ask_readers(self, user_ids: Collection[int], max_age_s: float) -> None:
        """Look up what these people may see, unless it is known and young enough; forget everybody else."""
        oldest = time.monotonic() - max_age_s
        known = self._readers
        stale = [one for one in user_ids if one not in known or known[one].asked_at < oldest]
        if stale:
            answers = await self._ask(lambda: {one: visible_projects(one) for one in stale})
            known |= {one: _Reader(projects, time.monotonic()) for one, projects in answers.items()}
        here = {subscription.user_id for subscription in self._subscriptions}
        for gone in known.keys() - here:
            del known[gone]

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        """Put a question to the database, in the tail's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._thread = None
        self._started.clear()
        self._ahead.clear()
        self._readers.clear()


def _close_connection() -> None:
    """Close the connection of the thread that calls this, which is why it isn't `connection.close` itself."""
    connection.close()


_tails: WeakKeyDictionary[asyncio.AbstractEventLoop, Tail] = WeakKeyDictionary()


def tail() -> Tail:
    """Return the tail of this process (of its event loop: a queue can't be shared between two)."""
    return _tails.setdefault(asyncio.get_running_loop(), Tail())
