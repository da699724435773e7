"""What keeps other sites out of every answer, and one person from taking all of the server."""

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from studio.kit.errors import TooOften

_MINUTE_S = 60.0
# The share of the limit for what takes seconds: archives and exports.
FOR_LONG_ANSWERS = 0.1
# Nothing here needs any of them; a page that was somehow changed can't ask for them either.
_POWERS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
}


@sync_and_async_middleware
def close_to_others(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Say on every answer that no other site may embed it, and that its page has no use for the machine's devices."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            return _closed(await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _closed(get_response(request))

    return answer


def _closed(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


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
