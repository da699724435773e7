"""For how long a limit counts: a day, a month or for good, in the team's calendar."""

from datetime import date, timedelta

from django.db import models


class Period(models.TextChoices):
    DAY = "day", "a day"
    MONTH = "month", "a month"
    TOTAL = "total", "in total"


# What counts for good starts here: a date that every database can store and compare.
EVER = date(2000, 1, 1)


def start_of(period: Period, day: date) -> date:
    """Return the first day of the period in which this day lies."""
    if period == Period.DAY:
        return day
    return day.replace(day=1) if period == Period.MONTH else EVER


def reset_of(period: Period, day: date) -> date | None:
    """Return the day on which the period after this one begins; None for what counts for good."""
    if period == Period.DAY:
        return day + timedelta(days=1)
    if period == Period.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return None
