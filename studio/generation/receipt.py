"""The page of one generation, read down like a receipt: its steps with their waits, and where the time went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from studio.generation.models import Generation, Status
from studio.generation.timeline import Step
from studio.kit.money import dollars
from studio.spending.models import HoldState

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
    "sending": "Waited for its turn",
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
    """One line of the receipt; `wait` and `reason` stand on the rail before it. `after` is since the first one."""

    at: datetime
    title: str
    detail: str
    look: str
    wait: str = ""
    reason: str = ""
    after: str = ""
    amount: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """All that is known of a generation's life. `support` is a copy of it as text, without prompt, words and keys."""

    lines: list[Line]
    phases: list["Phase"]
    total: str
    money: str
    support: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a generation's life: `share` is its part of the whole, in thousandths."""

    look: str
    name: str
    duration: str
    share: int


def receipt_of(generation: Generation, steps: Sequence[Step], now: datetime, *, shows_keys: bool) -> Receipt:
    """Return the receipt of a generation; the labels of API keys only with `shows_keys`."""
    lines = receipt_lines(steps, shows_keys=shows_keys)
    return Receipt(
        lines=lines,
        phases=phases_of(generation, now),
        total=total_of(generation, now),
        money=money_of(generation, steps),
        support=support_text(generation, lines),
    )


def receipt_lines(steps: Sequence[Step], *, shows_keys: bool = False) -> list[Line]:
    """Return the steps as lines to read."""
    return [_line(step, steps[0].at, shows_keys=shows_keys) for step in steps]


def money_of(generation: Generation, steps: Iterable[Step]) -> str:
    """Say what a generation has cost so far, all its attempts together: "$0.14 settled, $0.14 held"."""
    hold = generation.hold
    settled = [step.micros or 0 for step in steps if step.kind == "settled"]
    is_open = hold.state in (HoldState.OPEN, HoldState.KEPT)
    if hold.cost_micros is None:
        return f"{hold.images} image{'' if hold.images == 1 else 's'} {hold.get_state_display().lower()}"
    paid = dollars(sum(settled))
    held = f"{dollars(hold.cost_micros)} held" if is_open else ""
    if not settled and not held:
        return f"{paid} charged"
    return ", ".join(filter(None, (f"{paid} settled" if settled else "", held)))


def support_text(generation: Generation, lines: Iterable[Line]) -> str:
    """Write it for somebody who is asked for help: numbers and times, no prompt, nobody's words, no key."""
    model, status = generation.batch.model, Status(generation.status)
    about = [
        f"Studio generation {generation.pk}, batch {generation.batch_id}, {generation.project.slug}",
        f"Model {model.provider.slug}:{model.slug}, images asked for: {generation.images_asked}",
        f"State {status.value}{f', code {generation.problem_code}' if generation.problem_code else ''}",
        f"Attempts {generation.attempt}, provider's task {generation.task_id or 'none'}",
    ]
    told = []
    for line in lines:
        if line.wait:
            told.append(f"{'':25}{line.wait:>12}  {line.reason}")
        facts = " · ".join(filter(None, (line.title, line.amount, line.detail)))
        told.append(f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:23] + f"Z {line.after:>12}  {facts}")
    return "\n".join([*about, *told])


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


def _line(step: Step, first_at: datetime, *, shows_keys: bool) -> Line:
    line = Line(
        step.at,
        step.title,
        step.detail,
        _LOOKS.get(step.kind, ""),
        after=f"+{seconds(max(0.0, (step.at - first_at).total_seconds()))}",
        amount="" if step.micros is None else dollars(step.micros),
        key=step.key if shows_keys else "",
    )
    if step.wait_s is None or step.wait_s < WAIT_SHOWN_S:
        return line
    reason = step.waited or _REASONS.get(step.kind, "Nothing happened")
    return replace(line, wait=seconds(step.wait_s), reason=reason)
