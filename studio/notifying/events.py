"""What this room tells the rooms above it, without importing them."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.notifying.models import Kind


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people are told of: what, where, about what, whom it concerns and who did it. Ids only."""

    kind: Kind
    project_id: int | None
    subject_id: int | None
    person_ids: tuple[int, ...]
    actor_id: int | None = None
    role: str = ""


Listener = Callable[[Happening], None]
_listeners: list[Listener] = []


def on_happening(listener: Listener) -> None:
    """Have `listener` called with everything that happens, where possible in the transaction that does it."""
    if listener not in _listeners:
        _listeners.append(listener)


def happened(happening: Happening) -> None:
    """Tell every listener."""
    for listener in _listeners:
        listener(happening)
