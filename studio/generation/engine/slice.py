"""One slice of the pump: takes due work into its hands, keeps the leases alive, hands over and drains.

A slice runs five minutes, or until it had nothing in its hands for ten seconds, or until it is told to stop.
Then it releases what only waits, releases the pump's lease, looks for work that is left (and has its successor
started for it), and stays for the requests that are on the wire.
"""

import asyncio
import logging
from datetime import timedelta

from django.db import OperationalError, close_old_connections
from django_q.tasks import async_task

from project.run_state import is_stopping
from studio.generation.engine import claims, leases
from studio.generation.engine.claims import Work
from studio.generation.engine.database import Database
from studio.generation.engine.durations import Durations, durations
from studio.generation.engine.fetching import Fetcher
from studio.generation.engine.work import Worker
from studio.generation.queries import has_due_work
from studio.generation.tasks import PUMP
from studio.kit import clock
from studio.kit.download import DownloadClients
from studio.kit.http import ApiClients
from studio.kit.ids import random_name

log = logging.getLogger(__name__)


def run_slice() -> None:
    """Run one slice, unless another one holds the pump's lease."""
    owner = random_name()
    pace = durations()
    now = clock.now()
    close_old_connections()
    if is_stopping() or not leases.acquire_pump(owner, now, now + timedelta(seconds=pace.pump_lease_s)):
        return
    asyncio.run(_run(owner, pace))


async def _run(owner: str, pace: Durations) -> None:
    async with (
        Database(pace.save_s) as database,
        ApiClients() as clients,
        DownloadClients() as downloads,
    ):
        fetcher = Fetcher(pace, downloads)
        worker = Worker(owner, pace, database, clients, fetcher)
        try:
            await Slice(owner, pace, database, worker).run()
        finally:
            worker.close()
            fetcher.close()


class Slice:
    """What a slice has in its hands, and its life from the first scan to the last answer."""

    def __init__(self, owner: str, pace: Durations, database: Database, worker: Worker) -> None:
        self._owner = owner
        self._pace = pace
        self._database = database
        self._worker = worker
        self._hands: dict[int, asyncio.Task[None]] = {}
        self._has_pump = True
        self._slot_freed = asyncio.Event()

    async def run(self) -> None:
        """Live this slice's life; returns when the last request on the wire has been answered."""
        log.info("engine.slice.started owner=%s", self._owner)
        renewal = asyncio.create_task(self._renew_for_ever())
        try:
            await self._pump()
            await self._hand_over()
            await self._drain()
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
        log.info("engine.slice.ended owner=%s", self._owner)

    async def _pump(self) -> None:
        """Take work until it is time to hand over."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._pace.slice_s
        idle_since = loop.time()
        while self._has_pump and loop.time() < ends_at and not is_stopping():
            await self._take()
            if self._hands:
                idle_since = loop.time()
            elif loop.time() - idle_since > self._pace.idle_s:
                return
            await self._pause()

    async def _pause(self) -> None:
        """Wait for the next scan: a moment, or less when a submission has just given its slot back."""
        self._slot_freed.clear()
        try:
            await asyncio.wait_for(self._slot_freed.wait(), self._pace.scan_s)
        except TimeoutError:
            return
        await asyncio.sleep(self._pace.save_s)

    async def _take(self) -> None:
        try:
            works = await self._database.read(self._claim)
        except OperationalError:
            log.warning("engine.scan.failed owner=%s", self._owner)
            return
        for work in works:
            if work.id not in self._hands:
                self._hands[work.id] = asyncio.create_task(self._carry(work))

    def _claim(self) -> list[Work]:
        now = clock.now()
        lease = timedelta(seconds=self._pace.lease_s)
        claims.give_up_lost_submissions(now)
        unfinished = claims.claim_unfinished(self._owner, now, lease)
        return unfinished + claims.start_submissions(self._owner, now, lease)

    async def _carry(self, work: Work) -> None:
        try:
            await self._worker.carry(work)
        except asyncio.CancelledError:
            raise
        except Exception:
            # Unexpected: the row keeps its lease until it runs out, and is then looked at afresh.
            log.exception("engine.generation.crashed id=%s", work.id)
        finally:
            self._hands.pop(work.id, None)
            self._slot_freed.set()

    async def _renew_for_ever(self) -> None:
        """Keep the leases alive; what was lost meanwhile is dropped from our hands."""
        loop = asyncio.get_running_loop()
        leases_due = loop.time() + self._pace.lease_renew_s
        while True:
            await asyncio.sleep(self._pace.pump_renew_s)
            try:
                if self._has_pump:
                    self._has_pump = await self._database.read(self._renew_pump)
                if loop.time() >= leases_due - self._pace.pump_renew_s / 2:
                    leases_due = loop.time() + self._pace.lease_renew_s
                    await self._renew_hands()
            except OperationalError:
                log.warning("engine.renewal.failed owner=%s", self._owner)

    def _renew_pump(self) -> bool:
        now = clock.now()
        return leases.acquire_pump(self._owner, now, now + timedelta(seconds=self._pace.pump_lease_s))

    async def _renew_hands(self) -> None:
        held = set(self._hands)
        until = clock.now() + timedelta(seconds=self._pace.lease_s)
        ours = await self._database.read(lambda: leases.renew(self._owner, held, until))
        for lost in held - ours:
            if task := self._hands.get(lost):
                log.warning("engine.lease.lost id=%s", lost)
                task.cancel()

    async def _hand_over(self) -> None:
        """Give back what only waits, then the pump, then have a successor started for what is left."""
        self._worker.is_draining = True
        waiting = [id for id in self._hands if id not in self._worker.on_the_wire]
        tasks = [self._hands[id] for id in waiting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._database.read(lambda: leases.release(self._owner, waiting))
        self._has_pump = False
        await self._database.read(lambda: leases.release_pump(self._owner))
        if not is_stopping() and await self._database.read(has_due_work):
            await self._database.read(lambda: async_task(PUMP))

    async def _drain(self) -> None:
        """Stay for what is on the wire: a paid request that is cut would have an unknown outcome."""
        while self._hands:
            await asyncio.gather(*self._hands.values(), return_exceptions=True)
