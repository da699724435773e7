"""Holds and their ends. Every function runs inside the caller's transaction, with what it pays for.

Several of them in one transaction belong into one `counting.gathered()`: then the counters are locked once, last,
and in one order.
"""

from django.db import transaction

from studio.catalog.models import ImageModel
from studio.kit.clock import team_today
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.counting import Change, Closing, Outcome, gathered
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry


def hold(
    *,
    project: Project,
    by: User,
    images: int,
    model: ImageModel | None = None,
    cost_micros: int | None = None,
) -> Hold:
    """Reserve what one send may cost. `cost_micros` is None while the model has no price.

    Raises OverLimit where it doesn't fit into every limit, and NoPrice where money is limited and there is none:
    at once, or at the end of the `gathered()` block around it.
    """
    with transaction.atomic(), gathered() as book:
        held = Hold.objects.create(
            project=project,
            user=by,
            model=model,
            images=images,
            cost_micros=cost_micros,
            day=team_today(),
        )
        LedgerEntry.objects.create(hold=held, kind=EntryKind.HELD, images=images, cost_micros=cost_micros)
        book.holds.append(held)
        book.count(held, Change(held_images=images, held_micros=cost_micros or 0))
    return held


def settle(
    hold_id: int, *, images: int, reason: str = "", outcome: Outcome | None = None
) -> LedgerEntry | None:
    """Close a hold at what was really made, at the hold's own price. Returns None when it was closed before."""
    return _end(hold_id, EntryKind.SETTLED, HoldState.SETTLED, images=images, reason=reason, outcome=outcome)


def release(hold_id: int, *, reason: str = "", outcome: Outcome | None = None) -> LedgerEntry | None:
    """Close a hold without charge. Returns None when it was closed before."""
    return _end(hold_id, EntryKind.RELEASED, HoldState.RELEASED, images=0, reason=reason, outcome=outcome)


def keep(hold_id: int, *, reason: str = "") -> bool:
    """Keep a hold whose outcome is unknown, until it is decided."""
    if Hold.objects.filter(id=hold_id, state=HoldState.OPEN).update(state=HoldState.KEPT) != 1:
        return False
    LedgerEntry.objects.create(hold_id=hold_id, kind=EntryKind.KEPT, images=0, reason=reason)
    return True


def _end(
    hold_id: int, kind: EntryKind, state: HoldState, *, images: int, reason: str, outcome: Outcome | None
) -> LedgerEntry | None:
    with transaction.atomic(), gathered() as book:
        open_hold = Hold.objects.filter(id=hold_id, state__in=(HoldState.OPEN, HoldState.KEPT))
        if open_hold.update(state=state) != 1:
            return None
        ended = Hold.objects.get(id=hold_id)
        micros = ended.cost_of(images)
        book.count(
            ended,
            Change(
                held_images=-ended.images,
                held_micros=-(ended.cost_micros or 0),
                spent_images=images,
                spent_micros=micros or 0,
            ),
        )
        book.closings.append(Closing(ended, images, micros, outcome))
        return LedgerEntry.objects.create(
            hold=ended, kind=kind, images=images, cost_micros=micros, reason=reason
        )
