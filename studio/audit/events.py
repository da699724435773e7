"""What this room tells the rooms above it, without importing them."""

from collections.abc import Callable

from studio.audit.models import AuditEntry

Listener = Callable[[AuditEntry], None]
_listeners: list[Listener] = []


def on_recorded(listener: Listener) -> None:
    """Have `listener` called with every act, inside the transaction that does it."""
    if listener not in _listeners:
        _listeners.append(listener)


def recorded(entry: AuditEntry) -> None:
    """Tell every listener about an act that has been written down."""
    for listener in _listeners:
        listener(entry)
