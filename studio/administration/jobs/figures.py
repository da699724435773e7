"""The figures above the lists, why what is queued waits, and why what failed did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from studio.administration.jobs.filters import IN_FLIGHT, State
from studio.catalog.models import Provider
from studio.generation.models import ENDED, Generation, Status
from studio.generation.presenters import first_sentence
from studio.generation.receipt import seconds
from studio.keys.models import ApiKey
from studio.keys.queries import waiting_reason
from studio.kit import clock
from studio.kit.money import dollars

MOST_CAUSES = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that leads to its list."""

    state: State
    count: int
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many wait; `is_stuck`: nothing goes out until somebody acts or a time has passed."""

    count: int
    title: str
    detail: str
    is_stuck: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """Why so many failed. `key` is what the address calls it."""

    count: int
    key: str
    title: str
    detail: str


def tiles() -> list[Tile]:
    """Return the four figures; today is the team's day."""
    now = clock.now()
    queued = Generation.objects.filter(status=Status.QUEUED, next_action_at__isnull=False)
    oldest = (
        queued.filter(finished_at__isnull=True).order_by("id").values_list("created_at", flat=True).first()
    )
    unknown = Generation.objects.filter(status=Status.UNKNOWN).aggregate(
        count=Count("id"), micros=Sum("hold__cost_micros"), images=Sum("hold__images")
    )
    flight = Generation.objects.filter(status__in=IN_FLIGHT, next_action_at__isnull=False).count()
    places = sum(ApiKey.objects.present().order_by("id").values_list("max_in_flight", flat=True))
    ended = {status: _ended_today(status).count() for status in ENDED}
    failed, total = ended[Status.FAILED], sum(ended.values())
    still_open = _ended_today(Status.FAILED).filter(retried_as__isnull=True).count()
    held = dollars(unknown["micros"]) if unknown["micros"] else f"{unknown['images'] or 0} images"
    return [
        Tile(
            State.QUEUED,
            queued.count(),
            "Queued",
            f"oldest {_ago(oldest, now)}" if oldest else "nothing waits",
        ),
        Tile(State.FLIGHT, flight, "In flight", f"of {places:,} places"),
        Tile(
            State.UNKNOWN,
            unknown["count"],
            "Unknown",
            f"{held} held" if unknown["count"] else "nothing to decide",
        ),
        Tile(
            State.FAILED,
            still_open,
            "Failed today",
            _failed_words(failed, failed - still_open, total),
        ),
    ]


def queue_reasons() -> list[Reason]:
    """Return why what is queued waits, by provider: two queries and those of each provider with something in line."""
    now = clock.now()
    queued = Generation.objects.filter(status=Status.QUEUED, next_action_at__isnull=False)
    by_model = (
        queued.order_by()
        .values("model")
        .annotate(count=Count("id"), later=Count("id", filter=Q(next_action_at__gt=now)))
    )
    counts = {row["model"]: (row["count"], row["later"]) for row in by_model}
    providers = (
        Provider.objects.filter(models__in=counts).distinct().prefetch_related("models").order_by("name")
    )
    reasons: list[Reason] = []
    for provider in providers:
        here = [counts[model.pk] for model in provider.models.all() if model.pk in counts]
        reasons += _reasons(provider, sum(count for count, _ in here), sum(later for _, later in here), now)
    return sorted(reasons, key=lambda reason: (not reason.is_stuck, -reason.count))


def failure_causes() -> list[Cause]:
    """Return why generations failed today that nobody has retried, the most frequent first."""
    failed = (
        _ended_today(Status.FAILED)
        .filter(retried_as__isnull=True)
        .order_by()
        .values("problem_code", "problem")
    )
    rows = failed.annotate(count=Count("id"), last=Max("finished_at"))
    found: dict[str, Cause] = {}
    for row in rows.order_by("-count", "problem"):
        key = row["problem_code"] or row["problem"]
        before = found.get(key)
        detail = f"last at {timezone.localtime(row['last']):%H:%M}"
        if row["problem_code"]:
            detail = f"{row['problem_code']} · {detail}"
        title = before.title if before else first_sentence(row["problem"]) or "No reason was given."
        found[key] = Cause(
            row["count"] + (before.count if before else 0), key, title, before.detail if before else detail
        )
    return sorted(found.values(), key=lambda cause: -cause.count)[:MOST_CAUSES]


def _reasons(provider: Provider, count: int, later: int, now: datetime) -> Iterator[Reason]:
    """Tell what the provider's line waits for; those that wait for a time of their own stand by themselves."""
    if sentence := waiting_reason(provider, now):
        yield Reason(count, first_sentence(sentence), sentence.partition(". ")[2], is_stuck=True)
        return
    if count - later:
        yield Reason(count - later, "Waiting for a free place", provider.name, is_stuck=False)
    if later:
        yield Reason(later, "Not accepted, go out again later", provider.name, is_stuck=False)


def _failed_words(failed: int, retried: int, total: int) -> str:
    if not total:
        return "of none"
    share = f"{100 * failed / total:.1f} % of {total:,}"
    return f"{share}, {retried:,} retried" if retried else share


def _ended_today(status: Status) -> QuerySet[Generation]:
    begins_at = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return Generation.objects.filter(status=status, finished_at__gte=begins_at)


def _ago(at: datetime, now: datetime) -> str:
    return seconds(max(0.0, (now - at).total_seconds()))
