"""The clock by which a person reads times. Money and the pages of admins keep the team's: they count by its days."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_READ_BY_OWN_CLOCK = frozenset({"account", "gallery", "generation", "notifying", "people", "projects"})


@cache
def known_zones() -> list[str]:
    """Return the names that can be chosen, by places: "Europe/Stockholm"."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


class TimeZoneMiddleware:
    """Shows times by the reader's own clock, on the pages where they look at images."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        match = request.resolver_match
        if match is None or match.namespace not in _READ_BY_OWN_CLOCK or not request.user.is_authenticated:
            return
        # One that this machine doesn't know any more is no reason to show nothing.
        with suppress(KeyError, ValueError):
            if request.user.time_zone:
                timezone.activate(ZoneInfo(request.user.time_zone))
