"""Looks after the clusters from outside: wakes the engine when due work waits, and notices a stopped heart.

django-q may hang without dying (a worker killed while it held the queue's lock takes all others with it). A cluster
is alive when it answers beats, or when a slice or drain of the pump renews leases: then its workers are busy.

Where nobody can write for as long, because one process stands still amid a write to SQLite, that one is reported; and
so is a web process that has not answered anything for as long.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connections

from studio.generation.engine.leases import take_from_the_gone
from studio.generation.queries import has_due_work_without_lease
from studio.generation.signs import ENGINE, is_renewing, last_sign, patience
from studio.generation.tasks import wake
from studio.kit import clock
from studio.supervisor import write_lock
from studio.supervisor.probe import Probe
from studio.supervisor.tasks import ask_for_beat, note_start

log = logging.getLogger(__name__)

WEB = "web"

LOOK_EVERY_S = 5.0
# One that is just being started answers nothing yet.
WEB_START_S = 30.0


@dataclass(slots=True)
class Heartbeat:
    """Watches the clusters of this supervisor.

    `report` gets the name of one whose heart has stopped, or the id of a session whose process stands in the way. `web`
    asks the web process, where there is one.
    """

    clusters: Sequence[str]
    report: Callable[[str], None]
    web: Probe | None = None
    _asked_at: dict[str, float] = field(default_factory=dict)
    _woken_at: float | None = None
    _signs: dict[str, datetime | None] = field(default_factory=dict)
    _heard_at: dict[str, float] = field(default_factory=dict)
    _writer: int | None = None
    _writing_since: float = 0.0
    _heard_web_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Look for ever; a database that is away is no reason to kill anybody."""
        self._hear_all(time.monotonic())
        self._begin()
        every_s = min(LOOK_EVERY_S, settings.HEARTBEAT_S)
        while True:
            time.sleep(every_s)
            self.look_at_web(time.monotonic())
            if self._is_seeing():
                self._writer = None
            else:
                self._hear_all(time.monotonic())
                self.look_at_writer(time.monotonic())

    def _is_seeing(self) -> bool:
        try:
            self.look(time.monotonic())
        except DatabaseError as error:
            log.warning("supervisor.watch.failed error=%s", type(error).__name__)
            return False
        finally:
            connections.close_all()
        return True

    def look_at_writer(self, now: float) -> None:
        """Look who keeps everybody from writing; once it has for too long, report its session."""
        writer = write_lock.holder()
        if writer is None or writer != self._writer:
            self._writer, self._writing_since = writer, now
        elif now - self._writing_since > settings.SILENT_S:
            log.error("supervisor.database.held pid=%s", writer)
            self._writing_since = now
            with contextlib.suppress(ProcessLookupError):
                self.report(str(os.getsid(writer)))

    def _begin(self) -> None:
        try:
            for cluster in self.clusters:
                note_start(cluster)
        except DatabaseError as error:
            log.warning("supervisor.watch.failed error=%s", type(error).__name__)
        finally:
            connections.close_all()

    def look(self, now: float) -> None:
        """Take one look at everything. `now` is in seconds of a clock that nobody sets."""
        if ENGINE in self.clusters:
            self._look_after_work(now)
        for cluster in self._silent(now):
            log.error("supervisor.cluster.silent cluster=%s", cluster)
            self._heard_at[cluster] = now
            self.report(cluster)
        for cluster in self.clusters:
            self._ask(cluster, now)

    def look_at_web(self, now: float) -> None:
        """Ask the web process, and report it once it has let a question wait for too long. Any answer will do."""
        if self.web is None:
            return
        if self.web.answer():
            self._heard_web_at = now
        with contextlib.suppress(OSError):
            self.web.fileno()  # asks, where nothing is asked
        if now - self._heard_web_at > max(settings.SILENT_S, WEB_START_S):
            log.error("supervisor.web.silent")
            self.web.close()
            self._heard_web_at = now
            self.report(WEB)

    def _look_after_work(self, now: float) -> None:
        if take_from_the_gone(clock.now()):
            log.warning("supervisor.leases.freed")
            self._woken_at = None
        if has_due_work_without_lease() and self._may_wake(now):
            log.info("supervisor.engine.woken")
            wake()

    def _may_wake(self, now: float) -> bool:
        """Not at each look: a busy cluster would find a pile of the same task."""
        if self._woken_at is not None and now - self._woken_at < settings.HEARTBEAT_S:
            return False
        self._woken_at = now
        return True

    def _ask(self, cluster: str, now: float) -> None:
        """Ask at every beat: a question that a dead process had taken from the queue would never be answered."""
        asked = self._asked_at.get(cluster)
        if asked is None or now - asked >= settings.HEARTBEAT_S:
            self._asked_at[cluster] = now
            ask_for_beat(cluster)

    def _silent(self, now: float) -> Iterator[str]:
        """Go by new signs coming in, not by their age: a clock that is set a day ahead makes nobody silent."""
        for cluster in self.clusters:
            sign = last_sign(cluster)
            if sign != self._signs.get(cluster):
                self._signs[cluster], self._heard_at[cluster] = sign, now
            silent_s = now - self._heard_at.setdefault(cluster, now)
            if silent_s > patience(cluster).total_seconds() and not self._is_busy(cluster):
                yield cluster

    def _is_busy(self, cluster: str) -> bool:
        return cluster == ENGINE and is_renewing(clock.now())

    def _hear_all(self, now: float) -> None:
        self._heard_at = dict.fromkeys(self.clusters, now)
