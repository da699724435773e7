"""The one source of the current time, so that tests and the engine agree on it."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return timezone.now()


def team_today() -> date:
    """Return the day by the team's clock: money is counted by it, whatever zone the reader of a page has chosen."""
    return timezone.localdate(timezone=timezone.get_default_timezone())
