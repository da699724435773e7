"""The page of one generation, read down like a receipt: its steps with their waits, and where the time went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from studio.generation.models import Generation, Status
from studio.generation.timeline import Step

# Shorter waits are no news.
WAIT_SHOWN_S = 1.0

_LOOKS = {
    **dict.fromkeys(("held", "settled", "released", "kept"), "money"),
    **dict.fromkeys(("sending", "accepted", "sent_again", "checked_again"), "go"),
    **dict.fromkeys(("ready", "stored"), "ok"),
    **dict.fromkeys(("unknown", "failed", "refused"), "unk2"),
}
# What took the time before a step.
_REASONS = {
    "sending": "Waited for a free place",
    "accepted": "The provider took the request",
    "ready": "The provider was at work",
    "fetched": "Fetched from the provider",
    "stored": "Fetched and checked",
    "requeued": "The provider was asked",
    "refused": "The provider was asked",
    "unknown": "No clear answer",
    "failed": "The provider was at work",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the receipt; `wait` and `reason` stand on the rail before it."""

    at: datetime
    title: str
    detail: str
    look: str
    wait: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a generation's life: `share` is its part of the whole, in thousandths."""

    look: str
    name: str
    duration: str
    share: int


def receipt_lines(steps: Iterable[Step]) -> list[Line]:
    """Return the steps as lines to read."""
    return [_line(step) for step in steps]


def phases_of(generation: Generation, now: datetime) -> list[Phase]:
    """Return where the time went: waiting, at the provider, with us, and not knowing."""
    end = generation.finished_at or now
    is_unknown = generation.status == Status.UNKNOWN
    sent, ready = generation.submitted_at, generation.ready_at
    spans = [("w", "Waiting", generation.created_at, sent or end)]
    if sent:
        spans.append(("u", "Unknown", sent, end) if is_unknown else ("p", "Provider", sent, ready or end))
    if ready:
        spans.append(("d", "Fetching", ready, end))
    lengths = [(look, name, max(0.0, (until - since).total_seconds())) for look, name, since, until in spans]
    whole = sum(length for _, _, length in lengths) or 1.0
    return [
        Phase(look, name, seconds(length), round(1000 * length / whole)) for look, name, length in lengths
    ]


def seconds(length_s: float) -> str:
    """Write a duration: 0.4 s, 13 s, 2 min 5 s, 3 h 20 min, 5 days 12 h."""
    if length_s < 10:
        return f"{length_s:.1f} s"
    whole = round(length_s)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 2 * 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} days {whole % 86400 // 3600} h"


def total_of(generation: Generation, now: datetime) -> str:
    """Return how long a generation has taken so far, or took."""
    return seconds(max(0.0, ((generation.finished_at or now) - generation.created_at).total_seconds()))


def _line(step: Step) -> Line:
    look = _LOOKS.get(step.kind, "")
    if step.wait_s is None or step.wait_s < WAIT_SHOWN_S:
        return Line(step.at, step.title, step.detail, look)
    reason = _REASONS.get(step.kind, "Nothing happened")
    return Line(step.at, step.title, step.detail, look, seconds(step.wait_s), reason)
