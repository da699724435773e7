"""Days as people type them. Pure."""

import re
from datetime import date, timedelta

from studio.kit.parameters import read_day

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"(\d{1,2})[-. ]?([a-z]{3})[a-z]*(?:[-. ]?(\d{4}))?")


def read_typed_day(text: str, today: date) -> date | None:
    """Read 2026-11-01, 1-nov, 1-nov-2025, today or yesterday; without a year it is the latest such day."""
    text = text.casefold().strip()
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if day := read_day(text):
        return day
    found = _DAY_MONTH.fullmatch(text)
    if not found or found[2] not in _MONTHS:
        return None
    month, number = _MONTHS.index(found[2]) + 1, int(found[1])
    if found[3]:
        return read_day(f"{found[3]}-{month:02}-{number:02}")
    # The 29th of February may be some years ago.
    tried = (read_day(f"{today.year - back}-{month:02}-{number:02}") for back in range(9))
    return next((day for day in tried if day and day <= today), None)
