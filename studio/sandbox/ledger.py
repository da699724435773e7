"""What the sandbox remembers: accepted submissions, attempts, and the bill that follows from them.

States are computed from the clock when somebody asks: no timers, nothing to lose. With a state file (one JSON
document per line, appended) a killed sandbox comes back with every task and its whole bill.
"""

import json
import secrets
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from studio.sandbox.catalogue import HUB
from studio.sandbox.markers import Markers, read_markers
from studio.sandbox.shapes import Json, JsonObject

Outcome = Literal["completed", "failed", "timeout", "cancelled", "pending"]
MAX_REFUSALS = 1000


@dataclass(slots=True)
class Submission:
    """One accepted call. `seed` is the one given or drawn; `token` makes its file names unguessable.

    `ordered` are the markers that an order added to those of the prompt; `tellings` counts how often the
    result was told.
    """

    id: str
    provider: str
    model: str
    key: str
    prompt: str
    outcome: Outcome
    asked: int
    delivered: int
    width: int
    height: int
    format: str
    seed: int
    submitted_at: float
    duration_s: float
    error_code: str = ""
    references: list[str] = field(default_factory=list)
    mask: str = ""
    is_inline: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    polls: int = 0
    fetches: int = 0
    ordered: str = ""
    tellings: int = 0

    @property
    def markers(self) -> Markers:
        return read_markers(self.prompt + self.ordered)

    @property
    def finished_at(self) -> float:
        return self.submitted_at + self.duration_s

    def is_over(self, now: float) -> bool:
        return self.outcome != "pending" and now >= self.finished_at

    def status(self, now: float) -> str:
        """The Hub's word for where the task is."""
        if self.is_over(now):
            return self.outcome
        is_started = self.outcome != "pending" and now >= self.submitted_at + 0.15 * self.duration_s
        return "processing" if is_started else "pending"

    def is_charged(self, now: float) -> bool:
        """The Hub charges completed tasks; ModelStream charges accepted calls that make pictures."""
        if self.provider == HUB:
            return self.outcome == "completed" and self.is_over(now)
        return self.outcome == "completed" and self.delivered > 0


class Ledger:
    """All submissions and attempts, in memory and, when `path` is given, in a file as well."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._forget()
        if path is not None and path.exists():
            self._replay(path)
        self._file = path.open("a", encoding="utf-8") if path is not None else None

    def _forget(self) -> None:
        self.submissions: dict[str, Submission] = {}
        self._by_token: dict[str, Submission] = {}
        self._attempts: Counter[str] = Counter()
        self._refusals: list[JsonObject] = []

    def _replay(self, path: Path) -> None:
        known = {item.name for item in fields(Submission)}
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # The last line of a killed process may be half a line.
            if "attempt" in entry:
                self._attempts[entry["attempt"]] += 1
            elif "accepted" in entry:
                values = {name: value for name, value in entry["accepted"].items() if name in known}
                self._keep(Submission(**values))

    def _write(self, entry: JsonObject) -> None:
        if self._file is not None:
            # Flushed to the system, not to the disk: that is enough to survive the death of the process.
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def _keep(self, submission: Submission) -> None:
        self.submissions[submission.id] = submission
        self._by_token[submission.token] = submission

    def count_attempt(self, prompt: str) -> int:
        """Note that a valid submission of this prompt arrived; return how many there are now."""
        self._attempts[prompt] += 1
        self._write({"attempt": prompt})
        return self._attempts[prompt]

    def accept(self, submission: Submission) -> None:
        self._keep(submission)
        self._write({"accepted": asdict(submission)})

    def note_refusal(self, provider: str, status: int, code: str) -> None:
        if len(self._refusals) < MAX_REFUSALS:
            self._refusals.append({"provider": provider, "status": status, "code": code, "at": time.time()})

    def find(self, task_id: str) -> Submission | None:
        return self.submissions.get(task_id)

    def find_by_token(self, token: str) -> Submission | None:
        return self._by_token.get(token)

    def first_with(self, marker: str, value: str) -> Submission | None:
        """The oldest submission whose marker has this value."""
        return next((item for item in self.submissions.values() if item.markers.text(marker) == value), None)

    def charged_calls(self, key: str, now: float) -> int:
        """How many calls of the key (its fingerprint) were charged."""
        return sum(item.key == key and item.is_charged(now) for item in self.submissions.values())

    def reset(self) -> None:
        """Forget everything, the file included."""
        self._forget()
        if self._file is not None:
            self._file.truncate(0)

    def bill(self, now: float) -> JsonObject:
        """Every accepted submission, refusals, and totals; `idempotency` counts acceptances per prompt."""
        items = list(self.submissions.values())
        charged = [item for item in items if item.is_charged(now)]
        accepted = Counter(item.prompt for item in items)
        return {
            "submissions": [_bill_row(item, now) for item in items],
            "refusals": list(self._refusals),
            "idempotency": dict(accepted),
            "attempts": dict(self._attempts),
            "total": {
                "submissions": len(items),
                "charged_calls": len(charged),
                "charged_images": sum(item.delivered for item in charged),
                "charged_images_asked": sum(item.asked for item in charged),
                "polls": sum(item.polls for item in items),
            },
        }


def _bill_row(item: Submission, now: float) -> dict[str, Json]:
    return {
        "id": item.id,
        "provider": item.provider,
        "model": item.model,
        "key": item.key,
        "prompt": item.prompt,
        "status": item.status(now),
        "seed": item.seed,
        "width": item.width,
        "height": item.height,
        "format": item.format,
        "images_asked": item.asked,
        "images": item.delivered if item.is_over(now) else 0,
        "charged": item.is_charged(now),
        "polls": item.polls,
        "fetches": item.fetches,
        "submitted_at": item.submitted_at,
        "finished_at": item.finished_at if item.is_over(now) else None,
    }
