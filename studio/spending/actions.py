"""Holds and their ends. Every function runs inside the caller's transaction, with what it pays for."""

from django.db import transaction
from django.utils import timezone

from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry


def hold(*, project: Project, by: User, images: int, cost_micros: int | None = None) -> Hold:
    """Reserve what one send may cost. `cost_micros` is None while the model has no price."""
    with transaction.atomic():
        held = Hold.objects.create(
            project=project, user=by, images=images, cost_micros=cost_micros, day=timezone.localdate()
        )
        LedgerEntry.objects.create(hold=held, kind=EntryKind.HELD, images=images, cost_micros=cost_micros)
    return held


def settle(hold_id: int, *, images: int, reason: str = "") -> bool:
    """Close a hold at what was really made. Returns False when it was closed before."""
    return _end(hold_id, EntryKind.SETTLED, HoldState.SETTLED, images=images, reason=reason)


def release(hold_id: int, *, reason: str = "") -> bool:
    """Close a hold without charge. Returns False when it was closed before."""
    return _end(hold_id, EntryKind.RELEASED, HoldState.RELEASED, images=0, reason=reason)


def keep(hold_id: int, *, reason: str = "") -> bool:
    """Keep a hold whose outcome is unknown, until it is decided."""
    if Hold.objects.filter(id=hold_id, state=HoldState.OPEN).update(state=HoldState.KEPT) != 1:
        return False
    _write(hold_id, EntryKind.KEPT, images=0, reason=reason)
    return True


def _end(hold_id: int, kind: EntryKind, state: HoldState, *, images: int, reason: str) -> bool:
    with transaction.atomic():
        open_hold = Hold.objects.filter(id=hold_id, state__in=(HoldState.OPEN, HoldState.KEPT))
        if open_hold.update(state=state) != 1:
            return False
        _write(hold_id, kind, images=images, reason=reason)
    return True


def _write(hold_id: int, kind: EntryKind, *, images: int, reason: str) -> None:
    LedgerEntry.objects.create(hold_id=hold_id, kind=kind, images=images, reason=reason)
