"""Reading batches, generations and what the engine has to do."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from studio.generation.models import Batch, Favourite, Generation, Image, PumpLease, Status
from studio.generation.timeline import Step, steps
from studio.keys.queries import usable_keys
from studio.kit import clock
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.queries import Usage, usage_this_month

# A schema is parsed once for all that share it (catalog.queries.spec_of); rows need only its digest.
_SCHEMA_TEXTS = ("input_schema", "example")


def _with_results() -> QuerySet[Generation]:
    """Generations with all that a card shows, in a fixed number of queries."""
    related = (
        "batch__model__provider",
        "batch__model__schema",
        "batch__author",
        "author",
        "project",
        "key",
        "hold",
    )
    rows = Generation.objects.select_related(*related).prefetch_related(_images_of_cards())
    return rows.defer(*(f"batch__model__schema__{name}" for name in _SCHEMA_TEXTS))


def _images_of_cards() -> "Prefetch[str, QuerySet[Image], str]":
    return Prefetch("images", queryset=Image.objects.filter(deleted_at__isnull=True).order_by("position"))


def batches_page(project: Project, before_id: int | None = None, size: int = 12) -> list[Batch]:
    """Return a page of a project's batches, newest first, each with `generations_in_order`."""
    batches = _batches_with_results(project)
    if before_id is not None:
        batches = batches.filter(id__lt=before_id)
    return list(batches[:size])


def batches_of(project: Project, generation_ids: Sequence[int]) -> list[Batch]:
    """Return the batches of these generations, newest first, each with `generations_in_order`."""
    return list(_batches_with_results(project).filter(generations__in=generation_ids).distinct())


def _batches_with_results(project: Project) -> QuerySet[Batch]:
    # Each generation's batch is the one that it is read for: no need to read it again.
    generations = Generation.objects.select_related("hold").prefetch_related(_images_of_cards())
    ordered = Prefetch(
        "generations", queryset=generations.order_by("position"), to_attr="generations_in_order"
    )
    batches = Batch.objects.filter(project=project).select_related(
        "author", "model__provider", "model__schema"
    )
    light = batches.defer(*(f"model__schema__{name}" for name in _SCHEMA_TEXTS))
    return light.prefetch_related(ordered).order_by("-id")


def generations_for_cards(project: Project, ids: Sequence[int]) -> list[Generation]:
    """Return those of the given generations that belong to the project, oldest first."""
    return list(_with_results().filter(project=project, id__in=ids).order_by("id"))


def find_generation(project: Project, generation_id: int) -> Generation:
    """Return a generation of the project, or raise Http404."""
    return get_object_or_404(_with_results(), project=project, id=generation_id)


def starred_among(user: User, image_ids: Collection[int]) -> set[int]:
    """Return which of these images the person has marked, in one query for any number."""
    if not image_ids:
        return set()
    marks = Favourite.objects.filter(person=user, image__in=image_ids).order_by()
    return set(marks.values_list("image_id", flat=True))


def timeline_of(generation: Generation) -> list[Step]:
    """Return the steps of a generation's life so far."""
    return steps(generation.timeline.order_by("id"))


def held_and_spent(project: Project, user: User | None = None) -> Usage:
    """Return the images held and spent this month in a project, or by one person in it."""
    return usage_this_month(project, user)


def due(now: datetime) -> QuerySet[Generation]:
    """Generations whose time has come and that no slice holds."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return Generation.objects.filter(free, next_action_at__lte=now)


def has_due_work(now: datetime | None = None) -> bool:
    """Tell whether the engine could do something now: what waits for a stopped key doesn't count."""
    now = now or clock.now()
    if due(now).filter(status__in=(Status.SUBMITTING, Status.RUNNING, Status.FETCHING)).exists():
        return True
    queued = due(now).filter(status=Status.QUEUED)
    providers = queued.order_by().values_list("model__provider_id", flat=True).distinct()
    return any(usable_keys(provider_id, now) for provider_id in providers)


def is_pump_alive(now: datetime | None = None) -> bool:
    """Tell whether some slice holds the pump's lease."""
    return PumpLease.objects.filter(name="pump", until__gt=now or clock.now()).exists()


def has_due_work_without_lease() -> bool:
    """Tell whether work is due while no pump runs: then somebody should wake the engine."""
    return not is_pump_alive() and has_due_work()
