"""How long generations usually take: learned from the latest that succeeded, by model and pace."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from urllib.parse import quote

from django.core.cache import caches
from django.db.models import IntegerField, QuerySet, Value

from studio.generation.models import Generation, Status

LEARN_FROM = 40
FEWEST = 3
FRESH_S = 10
# Longer than this times the median is no work of the model: the app was down meanwhile, or a clock jumped.
ODD = 5
_MINUTES_FROM_S = 90

# A model and a pace of it; the pace None stands for the model in general.
Paced = tuple[int, str | None]


@dataclass(frozen=True, slots=True)
class Usual:
    """The time from submission to ready, in seconds: 10 % of the generations take at most `p10_s`, half `p50_s`, ..."""

    p10_s: float
    p50_s: float
    p90_s: float

    @property
    def words(self) -> str:
        """Say it as one reads it after "Usually": 12 to 18 s, 12 s, 70 s to 2 min, less than 1 s."""
        if self.p90_s < 1:
            return "less than 1 s"
        low, high = _amount(self.p50_s), _amount(self.p90_s)
        if low == high:
            return " ".join(high)
        return " ".join((low[0], "to", *high) if low[1] == high[1] else (*low, "to", *high))


def usual_times(wanted: Collection[Paced]) -> dict[Paced, Usual]:
    """Return what is usual for each of these, in one query; what nobody knows yet is left out.

    A pace with fewer than three successes is told by its model in general.
    """
    asked = list(dict.fromkeys([*wanted, *((model_id, None) for model_id, _ in wanted)]))
    spans: dict[Paced, list[float]] = {paced: [] for paced in asked}
    for place, sent_at, ready_at in _latest_of_each(asked):
        spans[asked[place]].append((ready_at - sent_at).total_seconds())
    learned = {paced: usual for paced in asked if (usual := learn(spans[paced]))}
    known = {paced: learned.get(paced) or learned.get((paced[0], None)) for paced in wanted}
    return {paced: usual for paced, usual in known.items() if usual}


def usual_time(model_id: int, pace: str | None = None) -> Usual | None:
    """Return what is usual for one model and pace; None while nobody knows."""
    return usual_times([(model_id, pace)]).get((model_id, pace))


def usual_times_lately(wanted: Collection[Paced]) -> dict[Paced, Usual]:
    """Return `usual_times` as they were at most ten seconds ago: for pages, many of which ask the same."""
    kept = caches["process"]
    addresses = {paced: _cache_key(paced) for paced in wanted}
    known = kept.get_many(addresses.values())
    if missing := [paced for paced, address in addresses.items() if address not in known]:
        found = usual_times(missing)
        # What is not known yet is kept too, as None.
        fresh = {addresses[paced]: found.get(paced) for paced in missing}
        kept.set_many(fresh, timeout=FRESH_S)
        known |= fresh
    usual = {paced: known[address] for paced, address in addresses.items()}
    return {paced: one for paced, one in usual.items() if one}


def usual_time_lately(model_id: int, pace: str | None = None) -> Usual | None:
    """Return what is usual for one model and pace, as it was at most ten seconds ago."""
    return usual_times_lately([(model_id, pace)]).get((model_id, pace))


def _cache_key(paced: Paced) -> str:
    model_id, pace = paced
    return f"usual:{model_id}" if pace is None else f"usual:{model_id}:{quote(pace)}"


def learn(spans_s: Iterable[float]) -> Usual | None:
    """Return what these times in seconds teach; None if there are too few. Odd ones don't count."""
    plausible = [span_s for span_s in spans_s if span_s > 0]
    if len(plausible) < FEWEST:
        return None
    middle = median(plausible)
    ordinary = sorted(span_s for span_s in plausible if span_s <= ODD * middle)
    low, high = (ordinary[math.ceil(share * len(ordinary)) - 1] for share in (0.1, 0.9))
    return Usual(low, median(ordinary), high)


def _latest_of_each(asked: list[Paced]) -> "Iterable[tuple[int, datetime, datetime]]":
    """Yield (place in `asked`, submitted at, ready at) of the latest successes of each, in one query."""
    if not asked:
        return []
    first, *others = (_latest(place, *paced) for place, paced in enumerate(asked))
    return first.union(*others, all=True) if others else first


def _latest(
    place: int, model_id: int, pace: str | None
) -> "QuerySet[Generation, tuple[int, datetime, datetime]]":
    succeeded = Generation.objects.filter(
        model_id=model_id, status=Status.SUCCEEDED, ready_at__isnull=False, submitted_at__isnull=False
    )
    if pace is not None:
        succeeded = succeeded.filter(pace=pace)
    # The limit stands in a subquery: SQLite takes none in the parts of a union.
    ids = succeeded.order_by("-ready_at").values("id")[:LEARN_FROM]
    tagged = Generation.objects.filter(id__in=ids).annotate(place=Value(place, IntegerField()))
    return tagged.order_by().values_list("place", "submitted_at", "ready_at")  # type: ignore[return-value]  # the stubs don't know annotations


def _amount(span_s: float) -> tuple[str, str]:
    """Return a time as a number and its unit."""
    if span_s < _MINUTES_FROM_S:
        return str(max(1, round(span_s))), "s"
    return str(round(span_s / 60)), "min"
