"""The demo's figures of usage: what closing each hold by itself would have added up to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from studio.demo.writing import ids_after
from studio.generation.models import Generation, Status
from studio.spending.counting import UsageKey
from studio.spending.latency import bucket_of
from studio.spending.models import Hold, TallyKind, UsageHour, UsageTally


class Figures:
    """Adds up closed holds, hour by hour."""

    def __init__(self) -> None:
        self._hours: dict[UsageKey, UsageHour] = {}
        self._tallies: defaultdict[tuple[UsageKey, str, str], int] = defaultdict(int)

    def add(self, hold: Hold, generation: Generation, images: int, failure: str) -> None:
        """Count a generation that ended, with the images that it was charged for."""
        key = _key_of(hold, generation)
        hour = self._hours.setdefault(key, key.new_hour())
        hour.images += images
        hour.spent_micros += hold.cost_of(images) or 0
        hour.unpriced_images += images if hold.cost_micros is None else 0
        if generation.status == Status.SUCCEEDED:
            hour.succeeded += 1
            self._tallies[key, TallyKind.SECONDS, str(bucket_of(_seconds(generation)))] += 1
        elif generation.status == Status.FAILED:
            hour.failed += 1
            self._tallies[key, TallyKind.FAILURE, failure] += 1
        else:
            hour.cancelled += 1

    def rows(self) -> tuple[list[UsageHour], list[UsageTally]]:
        """Return what is to be written."""
        ids = ids_after(UsageHour)
        for key in sorted(self._hours):
            self._hours[key].pk = next(ids)
        return sorted(self._hours.values(), key=lambda hour: hour.pk), list(self._tally_rows())

    def _tally_rows(self) -> Iterator[UsageTally]:
        ids = ids_after(UsageTally)
        for (key, kind, name), times in sorted(self._tallies.items()):
            yield UsageTally(pk=next(ids), hour_id=self._hours[key].pk, kind=kind, name=name, count=times)


def _key_of(hold: Hold, generation: Generation) -> UsageKey:
    hour = hold.created_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return UsageKey(hour, hold.day, hold.project_id, hold.user_id, hold.model_id or 0, generation.key_id or 0)


def _seconds(generation: Generation) -> float:
    started, ended = generation.submitted_at, generation.finished_at
    assert isinstance(started, datetime)
    assert isinstance(ended, datetime)
    return (ended - started).total_seconds()
