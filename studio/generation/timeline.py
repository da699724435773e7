"""The timeline of a generation: how a step is noted, and how it reads on the page."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.generation.models import TimelineEntry

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Polls:
    """How often a slice has asked about a generation, and when first and last."""

    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def count_one(self, at: datetime) -> None:
        self.count += 1
        self.first_at = self.first_at or at
        self.last_at = at

    @property
    def data(self) -> dict[str, Any]:
        """What the timeline keeps of it; nothing where nobody asked."""
        if self.first_at is None or self.last_at is None:
            return {}
        return {
            "polls": self.count,
            "first_poll_at": self.first_at.isoformat(),
            "last_poll_at": self.last_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline: `wait_s` after the line before it (None for the first), which `waited` explains.

    `micros` is what it is about in micro-dollars; `key` is for those who may see keys.
    """

    at: datetime
    kind: str
    title: str
    detail: str
    wait_s: float | None
    waited: str = ""
    micros: int | None = None
    key: str = ""


TITLES: Mapping[str, str] = {
    "asked": "Asked for more at a limit",
    "queued": "Queued",
    "held": "Held",
    "sending": "Sending",
    "accepted": "Submitted",
    "requeued": "Not accepted, waits",
    "refused": "Refused",
    "ready": "Ready",
    "fetched": "Fetched",
    "stored": "Stored",
    "settled": "Settled",
    "released": "Released",
    "kept": "Hold kept",
    "failed": "Failed",
    "unknown": "Outcome unknown",
    "cancel_requested": "Cancel requested",
    "cancelled": "Cancelled",
    "checked_again": "Checked again",
    "sent_again": "Sent again",
    "discarded": "Discarded",
    "not_charged": "Marked as not charged",
    "restored": "Restored from a backup",
}


# Words of people and providers stay out of the log.
_LOGGED = ("polls", "images", "size_bytes", "cost_micros")


def note(generation_id: int, kind: str, at: datetime, **data: Any) -> None:
    """Write one step; call inside the transaction that made it true. The log tells it once that is committed."""
    TimelineEntry.objects.create(generation_id=generation_id, kind=kind, at=at, data=data)
    figures = "".join(f" {name}={data[name]}" for name in _LOGGED if name in data)
    key = f" key={'_'.join(str(data['key']).split())}" if "key" in data else ""
    transaction.on_commit(
        partial(log.info, "generation.timeline.%s generation=%s%s%s", kind, generation_id, key, figures)
    )


def cost_of(micros: int | None) -> dict[str, int]:
    """Return the figure of a step about money; nothing where nothing had a price."""
    return {"cost_micros": micros} if micros else {}


def waited_for(reason: str) -> dict[str, str]:
    """Return why a step came only now (a name of WAITS); nothing where it didn't wait for anything."""
    return {"waited": reason} if reason else {}


WAITS: Mapping[str, str] = {
    "rest": "The provider asked us to wait",
    "away": "The provider was away",
    "key": "No API key could be used",
    "places": "All places of the API keys were taken, and others were before it",
    "minute": "The provider takes only so many a minute, and others were before it",
    "room": "The server’s disk had no room for what would come",
    "limit": "A limit was in the way, and an admin decided",
    "engine": "Studio’s engine was stopped, or busy",
}


PAUSED = "Paused before the next attempt"


def steps(entries: Iterable[TimelineEntry]) -> list[Step]:
    """Turn the stored entries, in order, into lines to read."""
    lines: list[Step] = []
    for entry in entries:
        data, title = entry.data, TITLES.get(entry.kind, entry.kind)
        lines.append(
            Step(
                at=entry.at,
                kind=entry.kind,
                title=f"{title}, attempt {data['attempt']}" if data.get("attempt", 1) > 1 else title,
                detail=_detail(data),
                wait_s=(entry.at - lines[-1].at).total_seconds() if lines else None,
                waited=_waited(data) or (PAUSED if lines and lines[-1].kind == "requeued" else ""),
                micros=data.get("cost_micros"),
                key=data.get("key", ""),
            )
        )
    return lines


def _waited(data: Mapping[str, Any]) -> str:
    """Say why a step came only now."""
    words = WAITS.get(data.get("waited", ""), "")
    return f"{words} until {_time(data['until'])}" if words and "until" in data else words


def _detail(data: Mapping[str, Any]) -> str:
    """Read the figures of a step as one phrase."""
    parts = []
    if "images" in data:
        count = data["images"]
        parts.append(f"{count} image" if count == 1 else f"{count} images")
    if data.get("task_id"):
        parts.append(f"task {data['task_id']}")
    if "polls" in data:
        parts.append(_polls(data))
    if "size_bytes" in data:
        parts.append(f"{data['size_bytes'] / 1_000_000:.1f} MB")
    if data.get("reason"):
        parts.append(str(data["reason"]))
    if "until" in data and "waited" not in data:
        parts.append(f"goes out again at {_time(data['until'])}")
    return " · ".join(parts)


def _polls(data: Mapping[str, Any]) -> str:
    """Say how often the provider was asked, and when."""
    count = data["polls"]
    words = "asked once" if count == 1 else f"asked {count} times"
    if "first_poll_at" not in data:
        return words
    first, last = _time(data["first_poll_at"]), _time(data["last_poll_at"])
    return f"{words}, at {first}" if count == 1 else f"{words}, first at {first}, last at {last}"


def _time(moment: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%H:%M:%S}"
