"""The supervisor: starts web, clusters and sandbox, restarts what dies, and stops them in good order.

It has one thread, never touches the database while it runs, and waits in one `select`. Signals go to the children's
leaders only: a signal to django-q's whole group would cut requests that may already be paid for.
"""

import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from project.run_state import stop_file
from studio.supervisor import family
from studio.supervisor.probe import GOOD, Probe

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 20.0
SHORT_GRACE_S = 8.0
HOPELESS_TRIES = 3


@dataclass(slots=True)
class Child:
    """One process that is kept running. `grace_s` is how long it may take to end; helpers end after the others."""

    name: str
    run: Callable[[], None]
    grace_s: float = SHORT_GRACE_S
    is_helper: bool = False
    pid: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    failures: int = 0

    def start(self, now: float) -> None:
        self.pid, self.started_at = family.fork(self.run, self.name), now

    def note_death(self, now: float) -> None:
        """Plan the next start: at once after a long life, later and later after short ones."""
        self.pid = 0
        if now - self.started_at > STEADY_S:
            self.pause_s, self.failures = FIRST_PAUSE_S, 0
            self.start_at = now
        else:
            self.start_at = now + self.pause_s
            self.pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
            self.failures += 1

    def signal(self, sign: int) -> None:
        if self.pid:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        if self.pid:
            family.kill_group(self.pid)


@dataclass(slots=True)
class Supervisor:
    """Runs until it is told to stop; `run` returns the exit status.

    `on_ready` is called once, when the web process answers; `count_on_wire` says how many requests a second
    signal would cut.
    """

    children: list[Child]
    run_dir: Path
    on_ready: Callable[[], None]
    count_on_wire: Callable[[], int]
    listener: socket.socket | None = None
    probe: Probe | None = None
    silent: int = -1
    _wakeup: int = -1
    _signals: int = 0
    _is_ready: bool = False
    _stopping_since: float | None = None
    _cut: bool = False
    _status: int = 0
    _said: set[str] = field(default_factory=set)

    def run(self) -> int:
        """Start everything, keep it running, and stop it."""
        self._listen_to_signals()
        for child in self.children:
            child.start(time.monotonic())
        try:
            while not self._is_over():
                self._wait()
                self._bury()
                if self._signals or self._stopping_since is not None:
                    self._go_on_stopping()
                else:
                    self._raise_the_dead()
        finally:
            for child in self.children:
                child.kill()
        return self._status

    def _listen_to_signals(self) -> None:
        self._wakeup, writer = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, self._note_signal)

    def _note_signal(self, *_: object) -> None:
        self._signals += 1

    def _wait(self) -> None:
        """Sleep until a child dies, a signal comes, the web answers, or a heart stops."""
        waiting: list[int | Probe] = [self._wakeup]
        if self.silent >= 0:
            waiting.append(self.silent)
        is_asking = not self._is_ready and self._stopping_since is None
        if is_asking and self.probe and self.probe.is_asking():
            waiting.append(self.probe)
        try:
            ready, _, _ = select.select(waiting, [], [], self._patience())
        except OSError:
            time.sleep(0.1)
            return
        if self._wakeup in ready:
            os.read(self._wakeup, 4096)
        if self.silent in ready:
            self._kill_silent()
        if self.probe in ready and self.probe and self.probe.answer().startswith(GOOD):
            self._is_ready = True
            self.on_ready()

    def _patience(self) -> float:
        is_urgent = self._stopping_since is not None or not self._is_ready
        return 0.1 if is_urgent or any(child.pid == 0 for child in self.children) else 5.0

    def _kill_silent(self) -> None:
        """End the children that are named, or whose session is: each leads its own."""
        reported = os.read(self.silent, 4096).decode().split()
        for child in self.children:
            if child.pid and (child.name in reported or str(child.pid) in reported):
                log.error("supervisor.child.wedged child=%s", child.name)
                child.kill()

    def _bury(self) -> None:
        now = time.monotonic()
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.pid == pid:
                    # Whatever a dead leader leaves behind goes with it.
                    child.kill()
                    child.note_death(now)
                    if self._stopping_since is None:
                        code = os.waitstatus_to_exitcode(status)
                        log.warning("supervisor.child.died child=%s status=%s", child.name, code)

    def _raise_the_dead(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid == 0 and not self._is_ready and child.failures >= HOPELESS_TRIES:
                say(f"The {child.name} process does not start; the reason is above.")
                self._status, self._signals = 1, 1
                return
            if child.pid == 0 and now >= child.start_at:
                child.start(now)
                log.info("supervisor.child.restarted child=%s", child.name)

    def _go_on_stopping(self) -> None:
        now = time.monotonic()
        if self._stopping_since is None:
            self._begin_to_stop(now)
        elif self._signals > 1 and not self._cut:
            self._cut = True
            self._cut_off()
        since = now - (self._stopping_since or now)
        workers = [child for child in self.children if not child.is_helper]
        for child in workers:
            if child.pid and since > child.grace_s:
                child.kill()
        if since > 1 and any(child.pid and child.grace_s > SHORT_GRACE_S for child in workers):
            self._say_once("Waiting for requests that a provider is still answering. Ctrl-C again cuts them.")
        if not any(child.pid for child in workers):
            for child in self.children:
                child.kill()

    def _begin_to_stop(self, now: float) -> None:
        self._stopping_since = now
        self._say_once("Stopping …")
        if self.probe:
            self.probe.close()
        if self.listener:
            self.listener.close()
        stop_file(self.run_dir).touch()
        for child in self.children:
            if not child.is_helper:
                child.signal(signal.SIGTERM)

    def _cut_off(self) -> None:
        count = self.count_on_wire()
        if count:
            noun = "generation becomes" if count == 1 else "generations become"
            say(f"Cut off: {count} {noun} “unknown”, since the provider may charge what it was already sent.")
        for child in self.children:
            child.kill()

    def _is_over(self) -> bool:
        return self._stopping_since is not None and not any(child.pid for child in self.children)

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            say(sentence)


def say(sentence: str) -> None:
    """Tell whoever sits at the terminal."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
