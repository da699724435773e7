"""Presses whose end nobody was told of: the engine tells after its commit, and may be killed in between."""

from datetime import timedelta

from django.db.models import Exists, OuterRef

from studio.generation.models import ENDED, Generation
from studio.kit.clock import now
from studio.notifying.actions import tell_of_end
from studio.notifying.models import BATCH_KINDS, Notification

LOOK_BACK = timedelta(hours=6)
# Within this time the engine itself tells.
SETTLE = timedelta(seconds=30)


def tell_of_missed_ends() -> int:
    """Tell of presses that ended lately without a word; return of how many it was looked at."""
    told = Notification.objects.filter(kind__in=BATCH_KINDS, subject_id=OuterRef("batch_id"))
    window = (now() - LOOK_BACK, now() - SETTLE)
    ended = Generation.objects.filter(status__in=ENDED, finished_at__range=window).filter(~Exists(told))
    batches: dict[int, int] = dict(ended.order_by("id").values_list("batch_id", "id"))
    for generation_id in batches.values():
        tell_of_end(generation_id)
    return len(batches)
