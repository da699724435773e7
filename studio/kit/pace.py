"""How often one person may do what costs much, so that nobody takes all of the server."""

import time
from collections import deque
from threading import Lock

from django.conf import settings

from studio.kit.errors import TooOften

_MINUTE_S = 60.0
# The share of the limit for what takes seconds: archives and exports.
FOR_LONG_ANSWERS = 0.1


class Pace:
    """How often each of many did something within the last minute, in this process's memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._times: dict[object, deque[float]] = {}

    def count(self, who: object, most: int) -> float:
        """Count one more and return 0; where that would be more than `most`, return the seconds to wait instead."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(who, deque())
            while times and times[0] <= now - _MINUTE_S:
                times.popleft()
            if len(times) >= most:
                return times[0] + _MINUTE_S - now
            times.append(now)
            if len(self._times) > 1000:
                self._forget(now)
        return 0.0

    def forget(self) -> None:
        """Forget everybody, as a new process does."""
        with self._lock:
            self._times.clear()

    def _forget(self, now: float) -> None:
        for who in [who for who, times in self._times.items() if times[-1] <= now - _MINUTE_S]:
            del self._times[who]


pace = Pace()


def check_pace(what: str, person_id: int, *, share: float = 1.0) -> None:
    """Raise TooOften when a person did this more often than `share` of the setting's limit within a minute.

    Each process counts for itself: it is the work of one process that is guarded, while attempts to sign in are
    counted for all of them together, in the database.
    """
    most = max(1, round(settings.REQUESTS_PER_MINUTE * share))
    if wait_s := pace.count((what, person_id), most):
        raise TooOften(wait_s)
