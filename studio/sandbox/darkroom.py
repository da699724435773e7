"""Where pictures are made: one thread, pictures painted when first wanted, the newest kept in memory."""

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from studio.sandbox.checks import decode_reference
from studio.sandbox.ledger import Submission
from studio.sandbox.markers import without_markers
from studio.sandbox.options import Paint
from studio.sandbox.painting import Order

CACHE_BYTES = 64 * 1024 * 1024
# Painting ahead hides the painting behind the task's own duration; a long queue would only get in the way.
MAX_AHEAD = 4


class Darkroom:
    """Gives the bytes of a submission's pictures. Equal orders are painted once."""

    def __init__(self, paint: Paint = "scene") -> None:
        self._paint = paint
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")
        self._cache: OrderedDict[Order, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._under_way: dict[Order, Future[bytes]] = {}

    def order(self, submission: Submission, index: int) -> Order:
        """What to paint for the index-th picture: each has a seed of its own."""
        return Order(
            prompt=without_markers(submission.prompt),
            seed=submission.seed + index,
            width=submission.width,
            height=submission.height,
            format=submission.format,
            reference=_bytes_of(submission.references[0] if submission.references else ""),
            mask=_bytes_of(submission.mask),
        )

    def paint_ahead(self, submission: Submission) -> None:
        """Start on the pictures of a submission unless there is a queue already."""
        for index in range(submission.delivered):
            if self._paint == "scene" and len(self._under_way) < MAX_AHEAD:
                self._start(self.order(submission, index))

    async def develop(self, submission: Submission, index: int) -> bytes:
        """The encoded picture, from memory or painted now."""
        order = self.order(submission, index)
        if order in self._cache:
            self._cache.move_to_end(order)
            return self._cache[order]
        return await asyncio.wrap_future(self._start(order))

    def peek_size_bytes(self, submission: Submission, index: int) -> int | None:
        """The size of a picture that is ready, else None."""
        image = self._cache.get(self.order(submission, index))
        return len(image) if image is not None else None

    async def shrink_reference(self, uri: str) -> str:
        """A small copy of a reference image as a data URI, enough to paint from and light to remember."""
        return await asyncio.wrap_future(self._thread.submit(_shrink, uri))

    async def shrink_mask(self, uri: str) -> str:
        """A small copy of a mask as a data URI, white where it marks."""
        return await asyncio.wrap_future(self._thread.submit(_shrink_mask, uri))

    def _start(self, order: Order) -> "Future[bytes]":
        future = self._under_way.get(order)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._thread.submit(_work(order, self._paint))
            self._under_way[order] = future
            future.add_done_callback(lambda done: self._hand_over(loop, order, done))
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop, order: Order, done: "Future[bytes]") -> None:
        # The last picture may be done when the server has stopped and its loop is closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._store, order, done)

    def close(self) -> None:
        """Drop what waits to be painted, so that the process can end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _store(self, order: Order, done: "Future[bytes]") -> None:
        self._under_way.pop(order, None)
        if done.cancelled() or done.exception() is not None or order in self._cache:
            return
        self._cache[order] = done.result()
        self._cached_bytes += len(done.result())
        while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest)


def _work(order: Order, paint: Paint) -> Callable[[], bytes]:
    def work() -> bytes:
        # Imported late: Pillow costs memory that a sandbox at rest doesn't need.
        from studio.sandbox.painting.easel import paint_picture

        return paint_picture(order, is_plain=paint == "plain")

    return work


def _shrink(uri: str) -> str:
    from studio.sandbox.painting.reference import shrink

    return "data:image/jpeg;base64," + base64.b64encode(shrink(decode_reference("image", uri))).decode()


def _shrink_mask(uri: str) -> str:
    from studio.sandbox.painting.reference import shrink_mask

    return (
        "data:image/png;base64," + base64.b64encode(shrink_mask(decode_reference("mask_url", uri))).decode()
    )


def _bytes_of(link: str) -> bytes:
    """The bytes of a data URI; none of a link, which is never fetched."""
    return base64.b64decode(link.partition(",")[2]) if link.startswith("data:") else b""
