"""Reading values from an address or a form of one line: what makes no sense is simply not given."""

from datetime import date


def read_id(text: str | None) -> int | None:
    """Read a row's id or a cursor; None for anything that is no number or fits no column."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)


def read_ids(text: str | None, *, most: int = 100) -> list[int]:
    """Read ids with commas between them, such as 7,8,9: each once, no more than `most`."""
    found = (read_id(part) for part in (text or "").split(","))
    return list(dict.fromkeys(each for each in found if each is not None))[:most]


def read_line(text: str | None, *, longest: int) -> str:
    """Read what somebody has typed, without the space around it and no longer than `longest`: PostgreSQL takes no NUL."""
    return (text or "").replace("\0", "").strip()[:longest]


def read_day(text: str | None) -> date | None:
    """Read a day, such as 2026-11-20. Times of day in the years of Rome are more than a database can take."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None
