"""The hours of the week in which images are made, in the team's time zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from studio.administration.usage import plots
from studio.administration.usage.asked import Asked
from studio.administration.usage.tables import Line, Table
from studio.kit import clock
from studio.spending.usage import Wanted, count_by_hour

HOUR = timedelta(hours=1)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_in_week(starts_at: datetime, weekday: int | None, hour: int | None) -> bool:
    """Whether an hour of UTC begins on a day of the week (1 is Monday) and in an hour of it, in the team's time zone."""
    local = timezone.localtime(starts_at)
    return weekday in (None, local.isoweekday()) and hour in (None, local.hour)


def clock_of(hour: int) -> str:
    """Write when an hour of the week begins: what is counted are UTC's hours, in some zones from half past."""
    minute = timezone.localtime(clock.now().replace(minute=0)).minute
    return f"{hour}:{minute:02d}"


def hour_words(hour: int) -> str:
    """Write from when until when an hour of the week is."""
    return f"{clock_of(hour)} – {clock_of(hour + 1)}"


def images_by_weekday(wanted: Wanted, asked: Asked) -> list[list[int]]:
    """Return the images of each hour of the week, in the team's time zone."""
    counts = [[0] * 24 for _ in range(7)]
    for starts_at, images in count_by_hour(wanted, asked.span):
        local = timezone.localtime(starts_at)
        counts[local.weekday()][local.hour] += images
    return counts


def week_plot(asked: Asked, hours: Sequence[Sequence[int]], list_url: str) -> plots.WeekPlot:
    """Draw a square for each hour, darker where more was made."""

    def title(day: int, hour: int) -> str:
        return f"{WEEKDAYS[day]}, {hour_words(hour)}: {hours[day][hour]:,} images"

    names = [clock_of(hour) for hour in range(24)]
    return plots.week_plot(
        hours, WEEKDAYS, names, title, lambda day, hour: _hour_url(asked, list_url, day, hour)
    )


def week_table(asked: Asked, hours: Sequence[Sequence[int]], list_url: str) -> Table:
    """Return the hours in which something was made."""
    lines = [
        Line(f"{WEEKDAYS[day]}, {clock_of(hour)}", _hour_url(asked, list_url, day, hour), [f"{images:,}"])
        for day, row in enumerate(hours)
        for hour, images in enumerate(row)
        if images
    ]
    return Table("Images by hour of the week", "Hour", ["Images"], lines)


def _hour_url(asked: Asked, list_url: str, day: int, hour: int) -> str:
    return f"{list_url}{asked.query({'weekday': day + 1, 'hour': hour})}"
