"""Faults on demand: markers such as `[sandbox:429=5]` in the prompt. docs/sandbox.md has the whole table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

MARKERS = frozenset(
    (
        *("status", "times", "refuse", "accept", "html", "hang", "reset", "wire", "slow", "sametask"),
        *("fail", "timeout", "cancelled", "pending", "says", "text", "nothing", "fewer", "more", "b64"),
        *("poll", "polltimes", "file", "filetimes", "file404", "filebroken", "fileslow"),
    )
)
_MARKER = re.compile(r"\[sandbox:([a-z0-9]+)(?:=([^\]\s]*))?\]")
# Said once and then withdrawn, as a rate limit is; every other status is said each time.
_PASSING = {429, 503}


@dataclass(frozen=True, slots=True)
class StatusFault:
    """A submission that is answered with an error status, the first `times` times (None: always)."""

    status: int
    retry_after: str
    times: int | None


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of one prompt: name -> value, empty where it has none."""

    words: Mapping[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.words

    def text(self, name: str, default: str = "") -> str:
        return self.words.get(name) or default

    def number(self, name: str, default: float) -> float:
        """The marker's value as a number; `default` without the marker, without a value or with nonsense."""
        try:
            return float(self.words.get(name) or default)
        except ValueError:
            return default

    @property
    def status_fault(self) -> StatusFault | None:
        """`[sandbox:500]`, `[sandbox:status=500]`, `[sandbox:429=5]` (5 is Retry-After, `date+5` the same as a date)."""
        status, retry_after = int(self.number("status", 0)), ""
        for word, value in self.words.items():
            if word.isdecimal():
                status, retry_after = int(word), value
        if not 300 <= status <= 599:
            return None
        retry_after = _retry_after(retry_after or ("1" if status == 429 else ""))
        is_passing = status in _PASSING or bool(retry_after)
        times = int(self.number("times", 1)) if is_passing or "times" in self.words else None
        return StatusFault(status, retry_after, times)


def _retry_after(wish: str) -> str:
    """Return the header as it is sent: none, a date that far from now, or whatever is wished for."""
    if wish.startswith("date") and re.fullmatch(r"date[+-][0-9]{1,9}", wish):
        return format_datetime(datetime.now(UTC) + timedelta(seconds=int(wish[4:])), usegmt=True)
    return "" if wish == "none" else wish


def read_markers(prompt: str) -> Markers:
    """Find the markers of a prompt; the last of two with the same name counts."""
    return Markers(dict(_MARKER.findall(prompt)))


def without_markers(prompt: str) -> str:
    """The prompt as the painter should read it."""
    return _MARKER.sub("", prompt).strip()
