"""Figures for Prometheus: what is true in the rows now, and the sums that the engine has added to them.

Nothing is counted in the web process, so every web process of every machine tells the same.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate

from django.db.models import Count, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from studio.catalog.models import Provider
from studio.generation import tallies
from studio.generation.keyring import under_way_by_key
from studio.generation.models import ENDED, Generation, Status
from studio.generation.queries import is_pump_alive
from studio.generation.signs import CHORES, ENGINE, last_sign
from studio.keys.models import ApiKey
from studio.keys.queries import usable_keys
from studio.kit import clock, disk
from studio.spending.models import Hold, HoldState, UsageHour
from studio.spending.queries import team_total


class StudioCollector(Collector):
    """Reads everything anew each time that it is asked."""

    def collect(self) -> Iterable[Metric]:
        now = clock.now()
        yield from _generations(now)
        yield from _money()
        yield from _keys(now)
        yield from _engine(now)
        yield from _sums()
        yield _gauge("disk_free_bytes", "Free on the disks.", "disk", _free())


def _generations(now: datetime) -> Iterator[Metric]:
    open_ones = Generation.objects.exclude(status__in=ENDED).order_by()
    counted = dict(open_ones.values_list("status").annotate(Count("id")))
    states = {status.value: counted.get(status, 0) for status in Status if status not in ENDED}
    yield _gauge("generations", "Generations that have not ended, by state.", "state", states)
    queued = Generation.objects.filter(status=Status.QUEUED, next_action_at__isnull=False).order_by("id")
    oldest = queued.values_list("created_at", flat=True).first()
    waits_s = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    yield GaugeMetricFamily("studio_oldest_queued_seconds", "Age of the oldest that waits.", waits_s)
    ends = UsageHour.objects.aggregate(**{outcome.value: Sum(outcome.value) for outcome in ENDED})
    ended = {outcome: count or 0 for outcome, count in ends.items()}
    yield _counter(
        "generations_ended", "Generations that have ended.", ["outcome"], {(k,): v for k, v in ended.items()}
    )


def _money() -> Iterator[Metric]:
    holds = Hold.objects.filter(state__in=(HoldState.OPEN, HoldState.KEPT)).order_by()
    counted = dict(holds.values_list("state").annotate(Count("id")))
    states = {state.value: counted.get(state, 0) for state in (HoldState.OPEN, HoldState.KEPT)}
    yield _gauge("holds", "Holds that are not closed; kept: the outcome is unknown.", "state", states)
    total = team_total()
    yield GaugeMetricFamily("studio_held_images", "Images that are held.", total.held_images)
    yield GaugeMetricFamily("studio_held_dollars", "Money that is held.", total.held_micros / 1e6)
    yield CounterMetricFamily("studio_settled_images", "Images that were settled.", total.spent_images)
    yield CounterMetricFamily("studio_settled_dollars", "Money that was settled.", total.spent_micros / 1e6)


def _keys(now: datetime) -> Iterator[Metric]:
    under_way = under_way_by_key()
    usable = {key.pk for provider in Provider.objects.order_by("id") for key in usable_keys(provider.pk, now)}
    flight = GaugeMetricFamily(
        "studio_in_flight", "Generations at a provider now.", labels=["provider", "key"]
    )
    light = GaugeMetricFamily(
        "studio_key_usable", "1 while something can be sent with a key.", labels=["provider", "key"]
    )
    for key in ApiKey.objects.present().select_related("provider").order_by("id"):
        labels = [key.provider.slug, f"{key.pk} {key.label}"]
        flight.add_metric(labels, under_way[key.pk])
        light.add_metric(labels, float(key.pk in usable))
    yield flight
    yield light


def _engine(now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "studio_pump_alive", "1 while a slice of the engine runs.", float(is_pump_alive(now))
    )
    signs = {cluster: last_sign(cluster) for cluster in (ENGINE, CHORES)}
    silent = {name: max(0.0, (now - sign).total_seconds()) for name, sign in signs.items() if sign}
    yield _gauge("cluster_silent_seconds", "Since a cluster's last sign of life.", "cluster", silent)


def _sums() -> Iterator[Metric]:
    sums = tallies.read()
    answers, labels = sums[tallies.ANSWERS], ["provider", "request", "answer"]
    yield _counter(
        "provider_answers", "What providers answered: a status, no_answer, not_sent.", labels, answers
    )
    polls = Tally[str]()
    for (provider, request, _), count in answers.items():
        polls[provider] += int(count) if request == "poll" else 0
    yield _counter(
        "polls",
        "Questions whether something is ready.",
        ["provider"],
        {(name,): n for name, n in polls.items()},
    )
    yield _counter(
        "downloads", "Result files: stored, tried again, given up.", ["outcome"], sums[tallies.DOWNLOADS]
    )
    received = sums[tallies.DOWNLOADED_BYTES].get((), 0)
    yield CounterMetricFamily("studio_downloaded_bytes", "Bytes of result files.", received)
    yield _storing(sums[f"{tallies.STORING}_bucket"], sums[f"{tallies.STORING}_sum"].get((), 0))


def _storing(counts: dict[tuple[str, ...], float], sum_s: float) -> Metric:
    names = [*map(str, tallies.STORING_BUCKETS_S), "+Inf"]
    buckets = list(zip(names, accumulate(counts.get((name,), 0) for name in names), strict=True))
    about = "From the provider's ready to the images stored."
    return HistogramMetricFamily("studio_ready_to_stored_seconds", about, buckets=buckets, sum_value=sum_s)


def _free() -> dict[str, float]:
    return {one.name: one.free_bytes for one in disk.disks()}


def _gauge(name: str, about: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"studio_{name}", about, labels=[label])
    for value_of, value in values.items():
        family.add_metric([value_of], value)
    return family


def _counter(name: str, about: str, labels: list[str], values: dict[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(f"studio_{name}", about, labels=labels)
    for each, value in values.items():
        family.add_metric(list(each), value)
    return family
