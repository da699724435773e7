"""A slice that runs beside the test, and hands over when the test has seen enough."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection

from studio.generation.engine.slice import run_slice
from studio.generation.models import PumpLease
from studio.kit import clock


@contextmanager
def running_slice() -> Iterator[None]:
    """Run one slice in a thread; at the end it loses the pump's lease, hands over and drains."""
    thread = threading.Thread(target=_run_and_close)
    thread.start()
    try:
        yield
    finally:
        PumpLease.objects.update(owner="somebody else", until=clock.now() + timedelta(seconds=30))
        thread.join(timeout=30)
        PumpLease.objects.update(owner="", until=None)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def _run_and_close() -> None:
    try:
        run_slice()
    finally:
        connection.close()
