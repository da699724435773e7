"""The hours of the week in which images are made, in the team's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from studio.administration.usage import plots
from studio.administration.usage.asked import Asked
from studio.spending.usage import Wanted, count_by_hour

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class WeekLine:
    day: str
    hour: int
    images: str
    href: str


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
        return f"{WEEKDAYS[day]}, {hour}:00 – {hour + 1}:00: {hours[day][hour]:,} images"

    return plots.week_plot(hours, WEEKDAYS, title, lambda day, hour: _hour_url(asked, list_url, day, hour))


def week_lines(asked: Asked, hours: Sequence[Sequence[int]], list_url: str) -> list[WeekLine]:
    """Return the hours in which something was made, for the table."""
    return [
        WeekLine(WEEKDAYS[day], hour, f"{images:,}", _hour_url(asked, list_url, day, hour))
        for day, row in enumerate(hours)
        for hour, images in enumerate(row)
        if images
    ]


def _hour_url(asked: Asked, list_url: str, day: int, hour: int) -> str:
    return f"{list_url}{asked.query({'weekday': day + 1, 'hour': hour})}"
