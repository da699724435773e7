"""The timeline of a generation: how a step is noted, and how it reads on the page."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from studio.generation.models import TimelineEntry
from studio.kit.money import dollars

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. `wait_s` is the time since the line before it, None for the first."""

    at: datetime
    kind: str
    title: str
    detail: str
    wait_s: float | None


TITLES: Mapping[str, str] = {
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


def steps(entries: Iterable[TimelineEntry]) -> list[Step]:
    """Turn the stored entries, in order, into lines to read."""
    lines: list[Step] = []
    for entry in entries:
        wait_s = (entry.at - lines[-1].at).total_seconds() if lines else None
        lines.append(
            Step(entry.at, entry.kind, TITLES.get(entry.kind, entry.kind), _detail(entry.data), wait_s)
        )
    return lines


def _detail(data: Mapping[str, Any]) -> str:
    """Read the figures of a step as one phrase."""
    parts = []
    if "images" in data:
        count = data["images"]
        parts.append(f"{count} image" if count == 1 else f"{count} images")
    if "cost_micros" in data:
        parts.append(dollars(data["cost_micros"]))
    if "key" in data:
        parts.append(f"key {data['key']}")
    if data.get("task_id"):
        parts.append(f"task {data['task_id']}")
    if "polls" in data:
        count = data["polls"]
        parts.append("asked once" if count == 1 else f"asked {count} times")
    if "size_bytes" in data:
        parts.append(f"{data['size_bytes'] / 1_000_000:.1f} MB")
    if data.get("reason"):
        parts.append(str(data["reason"]))
    return " · ".join(parts)
