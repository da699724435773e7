"""What a check has found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and how to mend it; a note is no fault, but somebody should know."""

    what: str
    how: str
    is_note: bool = False


def many(count: int, noun: str) -> str:
    """Say how many: "1 file", "3 files"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


Check = Callable[[], Iterator[Finding]]
