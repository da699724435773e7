"""Outages of providers: when one begins, when the provider is asked, and how the waiting go out when it is back.

While a provider is away nothing is submitted to it. It is asked by a free call, at growing intervals. When it answers,
what waits goes out one after the other for a while, not all at once. A provider that answered with errors may
answer the free call and still be broken: then a single generation goes first, and the others wait for its answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from studio.generation.models import Generation, Status
from studio.keys.models import Outage, OutageKind, OutagePhase
from studio.keys.queries import Endpoint, endpoint_of, secret_of, usable_keys
from studio.live.actions import announce_everywhere, announce_many

MOST_TOLD = 1000  # of those that wait; the rest stands far behind in the line

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A free call that shows whether a provider is back."""

    provider_id: int
    provider: str
    endpoint: Endpoint
    secret: str = field(repr=False)


def begin_outage(*, provider_id: int, kind: OutageKind, at: datetime, ask_at: datetime) -> None:
    """Note that a provider is away, and tell the open pages; one that was just coming back is away again."""
    with transaction.atomic():
        begun = {"kind": kind, "began_at": at, "ask_at": ask_at}
        outage, is_new = Outage.objects.get_or_create(provider_id=provider_id, defaults=begun)
        if is_new or outage.phase != OutagePhase.AWAY:
            again = Outage.objects.filter(pk=outage.pk)
            again.update(phase=OutagePhase.AWAY, kind=kind, ask_at=ask_at, back_at=None)
            _tell(provider_id)
            log.warning("generation.outage.began provider=%s kind=%s", provider_id, kind)


def due_questions(now: datetime, pause_s: Callable[[int], float]) -> list[Question]:
    """Take the questions whose time has come; `pause_s` says how long to wait after so many before the next."""
    questions = []
    for outage in Outage.objects.due(now).select_related("provider").order_by("id"):
        keys = usable_keys(outage.provider_id, now)
        again_at = now + timedelta(seconds=pause_s(outage.asked + 1))
        mine = Outage.objects.filter(pk=outage.pk, asked=outage.asked, phase=OutagePhase.AWAY)
        if mine.update(asked=F("asked") + 1, ask_at=again_at) and keys:
            key = keys[0]
            questions.append(
                Question(outage.provider_id, outage.provider.slug, endpoint_of(key), secret_of(key))
            )
    return questions


@transaction.atomic
def provider_answered(provider_id: int, at: datetime) -> None:
    """The free call was answered: what couldn't be reached is back, what made errors is tried with one generation."""
    away = Outage.objects.filter(provider_id=provider_id, phase=OutagePhase.AWAY)
    if away.filter(kind=OutageKind.FAILING).update(phase=OutagePhase.TRYING):
        log.info("generation.outage.tried provider=%s", provider_id)
    elif away.update(phase=OutagePhase.RETURNING, back_at=at):
        _over(provider_id)


@transaction.atomic
def trial_answered(provider_id: int, at: datetime) -> None:
    """The one generation that was sent first was answered: the provider works again."""
    tried = Outage.objects.filter(provider_id=provider_id, phase=OutagePhase.TRYING)
    if tried.update(phase=OutagePhase.RETURNING, back_at=at):
        _over(provider_id)


def forget_returned(before: datetime) -> None:
    """Forget the outages that were over by then: what waited has gone out."""
    Outage.objects.filter(phase=OutagePhase.RETURNING, back_at__lt=before).delete()


def places_after(outage: Outage | None, now: datetime, every_s: float) -> int | None:
    """Return how many may be sent to a provider now because of its outage; None for any number.

    After the return one goes out every `every_s`, counted from the rows, so that slices that overlap keep to it.
    """
    if outage is None:
        return None
    of_provider = Generation.objects.filter(key__provider=outage.provider_id)
    if outage.phase == OutagePhase.TRYING:
        under_way = of_provider.filter(status=Status.SUBMITTING, next_action_at__isnull=False)
        return 0 if under_way.exists() else 1
    if outage.phase == OutagePhase.RETURNING and outage.back_at is not None:
        sent = of_provider.filter(submitted_at__gte=outage.back_at).count()
        return max(0, 1 + int((now - outage.back_at).total_seconds() / every_s) - sent)
    return 0


def _over(provider_id: int) -> None:
    _tell(provider_id)
    log.warning("generation.outage.over provider=%s", provider_id)


def _tell(provider_id: int) -> None:
    """Tell the open pages of all projects, for their banner, and of what waits, for its cards."""
    announce_everywhere(subject_kind="provider", subject_id=provider_id)
    waiting = Generation.objects.filter(status=Status.QUEUED, model__provider=provider_id)
    ids: dict[int, list[int]] = {}
    for project_id, id in waiting.order_by("id").values_list("project_id", "id")[:MOST_TOLD]:
        ids.setdefault(project_id, []).append(id)
    for project_id, subject_ids in ids.items():
        announce_many(project_id=project_id, subject_kind="generation", subject_ids=subject_ids)
