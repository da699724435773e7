"""The ORM's one thread in a slice: reads in order, writes gathered for a moment into one transaction."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection, transaction

from studio.kit.database import is_away
from studio.spending.counting import gathered

log = logging.getLogger(__name__)
T = TypeVar("T")
Operation = Callable[[], Any]
RETRY_S = 0.25


class Database:
    """Runs ORM code for an asyncio loop. Use as an async context manager.

    `read` runs at once; `save` waits up to `gather_s` for company, so that fifty results that arrive together
    cost one commit. An operation that raises is rolled back alone. While the database can't be written
    (locked, restarting), saves are tried again until it can: dropping a result would lose what was paid for.
    """

    def __init__(self, gather_s: float) -> None:
        self._gather_s = gather_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="orm")
        self._waiting: list[tuple[Operation, asyncio.Future[Any]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Database":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._flusher is not None:
            await self._flusher
        await self._run(_close)
        self._thread.shutdown()

    async def read(self, question: Callable[[], T]) -> T:
        """Run a question, or a write that is its own transaction, in the ORM's thread."""
        try:
            return await self._run(question)
        except Exception as error:
            if is_away(error):
                # A connection that broke (the server was restarted) stays broken until it is closed.
                await self._run(_close)
            raise

    async def save(self, operation: Callable[[], T]) -> T:
        """Run a write together with others in one transaction, and return its result after the commit."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, future))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        # Shielded: a task that is cancelled while it waits must not leave its write undone.
        return await asyncio.shield(future)

    async def _flush(self) -> None:
        await asyncio.sleep(self._gather_s)
        while self._waiting:
            batch, self._waiting = self._waiting, []
            results = await self._commit([operation for operation, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        self._flusher = None

    async def _commit(self, operations: list[Operation]) -> list[Any]:
        while True:
            try:
                return await self._run(lambda: _apply(operations))
            except Exception as error:  # noqa: BLE001  given to the one who asked
                if not is_away(error):
                    return await self._blame(operations, error)
                log.warning("engine.database.unavailable error=%s", type(error).__name__)
                await self._run(_close)
                await asyncio.sleep(RETRY_S)

    async def _blame(self, operations: list[Operation], error: Exception) -> list[Any]:
        """Refused at the commit, which doesn't say because of whom: now each one alone."""
        if len(operations) == 1:
            return [error]
        return [result for one in operations for result in await self._commit([one])]

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _apply(operations: list[Operation]) -> list[Any]:
    """Apply all operations in one transaction; one that raises gives its exception and leaves no trace.

    What they do to money is written at the end, so that all its rows are locked in one order.
    """
    results: list[Any] = []
    with transaction.atomic(), gathered():
        for operation in operations:
            try:
                with transaction.atomic(), gathered():
                    results.append(operation())
            except Exception as error:
                if is_away(error):
                    raise
                results.append(error)
    return results


def _close() -> None:
    """Close this thread's connection: the name stands for another one in each thread."""
    connection.close()
