"""One slice of the pump: takes due work into its hands, keeps the leases alive, hands over and drains.

A slice runs five minutes, or until it had nothing in its hands for ten seconds, or until it is told to stop.
Then it releases what only waits, releases the pump's lease, looks for work that is left (and has its successor
started for it), and stays for the requests that are on the wire.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db import close_old_connections

from project.run_state import is_stopping
from studio.generation import tallies
from studio.generation.engine import claims, leases
from studio.generation.engine.claims import Work
from studio.generation.engine.database import Database
from studio.generation.engine.durations import Durations, durations
from studio.generation.engine.fetching import Fetcher
from studio.generation.engine.owners import new_owner
from studio.generation.engine.watching import ProviderWatch
from studio.generation.engine.work import Worker
from studio.generation.keyring import retire_finished_keys
from studio.generation.queries import has_due_work
from studio.generation.tasks import wake
from studio.kit import clock
from studio.kit.database import is_away
from studio.kit.download import DownloadClients
from studio.kit.http import ApiClients

log = logging.getLogger(__name__)
T = TypeVar("T")


def run_slice(pace: Durations | None = None) -> None:
    """Run one slice, unless another one holds the pump's lease. `pace` is that of the settings, if not given."""
    owner = new_owner()
    pace = pace or durations()
    now = clock.now()
    close_old_connections()
    if is_stopping():
        return
    leases.follow_clock(now)
    leases.take_from_the_gone(now)
    if leases.acquire_pump(owner, now, now + timedelta(seconds=pace.pump_lease_s)):
        asyncio.run(_run(owner, pace))


async def _run(owner: str, pace: Durations) -> None:
    async with (
        Database(pace.save_s) as database,
        ApiClients() as clients,
        DownloadClients() as downloads,
    ):
        fetcher = Fetcher(pace, downloads)
        watch = ProviderWatch(pace, database, clients)
        worker = Worker(owner, pace, database, clients, fetcher, watch)
        try:
            await Slice(owner, pace, database, worker, watch).run()
        finally:
            worker.close()
            fetcher.close()


class Slice:
    """What a slice has in its hands, and its life from the first scan to the last answer."""

    def __init__(
        self, owner: str, pace: Durations, database: Database, worker: Worker, watch: ProviderWatch
    ) -> None:
        self._owner = owner
        self._pace = pace
        self._database = database
        self._worker = worker
        self._watch = watch
        self._hands: dict[int, asyncio.Task[None]] = {}
        self._lease = timedelta(seconds=pace.lease_s)
        self._asking: set[asyncio.Task[None]] = set()
        self._has_pump = True
        self._slot_freed = asyncio.Event()
        self._unavailable: set[str] = set()

    async def run(self) -> None:
        """Live this slice's life; returns when the last request on the wire has been answered."""
        log.info("engine.slice.started owner=%s", self._owner)
        renewal = asyncio.create_task(self._renew_for_ever())
        try:
            await self._pump()
        finally:
            await self._hand_over()
            await self._drain()
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
            await self._attempt("retirement", retire_finished_keys)
            await self._attempt("tallies", tallies.write)
            await self._call_successor()
        log.info("engine.slice.ended owner=%s", self._owner)

    async def _pump(self) -> None:
        """Take work until it is time to hand over."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._pace.slice_s
        idle_since = loop.time()
        while self._has_pump and loop.time() < ends_at and not is_stopping():
            await self._take()
            if self._hands or self._asking:
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
        # What is in our hands is not for the taking, even if its lease ran out while the machine was asleep.
        in_hands = frozenset(self._hands)
        for step in (self._claim_unfinished, self._start_submissions):
            works = await self._attempt("scan", partial(step, in_hands))
            for work in works or ():
                self._hands[work.id] = asyncio.create_task(self._carry(work))
        for question in await self._attempt("scan", self._watch.take_questions) or ():
            asking = asyncio.create_task(self._watch.ask(question))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    def _claim_unfinished(self, in_hands: frozenset[int]) -> list[Work]:
        now = clock.now()
        claims.give_up_lost_submissions(now, in_hands)
        return claims.claim_unfinished(self._owner, now, self._lease, in_hands)

    def _start_submissions(self, in_hands: frozenset[int]) -> list[Work]:
        return claims.start_submissions(
            self._owner, clock.now(), self._lease, in_hands, return_every_s=self._pace.return_every_s
        )

    async def _attempt(self, what: str, step: Callable[[], T]) -> T | None:
        """Do a step that may fail (then None): the slice goes on, since it has paid requests on the wire."""
        try:
            result = await self._database.read(step)
        except Exception as error:
            if not is_away(error):
                log.exception("engine.%s.failed owner=%s", what, self._owner)
                return None
            # Said once, not at every scan: the database may be away, full or read-only for long.
            if what not in self._unavailable:
                log.warning(
                    "engine.%s.unavailable owner=%s error=%s", what, self._owner, type(error).__name__
                )
            self._unavailable.add(what)
            return None
        self._unavailable.discard(what)
        return result

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
            if self._has_pump:
                is_lost = await self._attempt("renewal", self._renew_pump) is False
                # Asked afterwards: it may have been handed over meanwhile, and that is for good.
                self._has_pump = self._has_pump and not is_lost
            if loop.time() >= leases_due - self._pace.pump_renew_s / 2:
                leases_due = loop.time() + self._pace.lease_renew_s
                await self._renew_hands()
                await self._attempt("tallies", tallies.write)

    def _renew_pump(self) -> bool:
        now = clock.now()
        return leases.acquire_pump(self._owner, now, now + timedelta(seconds=self._pace.pump_lease_s))

    async def _renew_hands(self) -> None:
        held = set(self._hands)
        until = clock.now() + timedelta(seconds=self._pace.lease_s)
        ours = await self._attempt("renewal", lambda: leases.renew(self._owner, held, until))
        if ours is None:
            return
        # What is on the wire is never cut: it may have just ended, or its answer is dropped when it is written.
        for lost in held - ours - self._worker.on_the_wire:
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
        await self._attempt("hand_over", lambda: leases.release(self._owner, waiting))
        self._has_pump = False
        await self._attempt("hand_over", lambda: leases.release_pump(self._owner))
        await self._call_successor()

    async def _call_successor(self) -> None:
        """Have somebody look after the work that is left, unless somebody does."""
        if not is_stopping() and await self._attempt("hand_over", has_due_work):
            await self._attempt("hand_over", wake)

    async def _drain(self) -> None:
        """Stay for what is on the wire: a paid request that is cut would have an unknown outcome."""
        while self._hands or self._asking:
            await asyncio.gather(*self._hands.values(), *self._asking, return_exceptions=True)
