"""What the engine counts as it works: kept in memory, and added to the rows every quarter of a minute.

So that the web process can tell it (`/metrics`), however many processes and machines the engine has, and so
that the sums go on after a restart. A process that is killed takes its last seconds' counts with it.
"""

import bisect
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from studio.generation.models import EngineTally

ANSWERS = "answers"  # provider, what was asked (submission, poll), status or no_answer, not_sent
DOWNLOADS = "downloads"  # stored, again, given_up
DOWNLOADED_BYTES = "downloaded_bytes"
STORING = "ready_to_stored"
STORING_BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)

Labels = tuple[str, ...]

_lock = threading.Lock()
_pending: Counter[tuple[str, Labels]] = Counter()


def count(name: str, *labels: str, by: float = 1) -> None:
    """Add to a sum. Costs no query; any thread may call it."""
    with _lock:
        _pending[name, labels] += by  # type: ignore[assignment]  # sums of seconds and bytes, too


def measure_storing(seconds: float) -> None:
    """Count how long a generation's images took from ready to stored."""
    place = bisect.bisect_left(STORING_BUCKETS_S, seconds)
    bucket = str(STORING_BUCKETS_S[place]) if place < len(STORING_BUCKETS_S) else "+Inf"
    count(f"{STORING}_bucket", bucket)
    count(f"{STORING}_sum", by=seconds)


def write() -> None:
    """Add what was counted to the rows. What can't be written now is kept for the next time."""
    with _lock:
        counted = dict(_pending)
        _pending.clear()
    try:
        _add(counted)
    except BaseException:
        with _lock:
            _pending.update(counted)
        raise


def read() -> defaultdict[str, dict[Labels, float]]:
    """Return all sums: by name, then by labels; what was never counted is empty."""
    sums: defaultdict[str, dict[Labels, float]] = defaultdict(dict)
    for name, labels, value in EngineTally.objects.values_list("name", "labels", "value"):
        sums[name][tuple(labels.split("\n")) if labels else ()] = value
    return sums


@transaction.atomic
def _add(counted: Mapping[tuple[str, Labels], float]) -> None:
    """In one order, so that two engines never wait for each other's rows in a circle."""
    for (name, labels), value in sorted(counted.items()):
        row, _ = EngineTally.objects.get_or_create(name=name, labels="\n".join(labels))
        EngineTally.objects.filter(pk=row.pk).update(value=F("value") + value)
