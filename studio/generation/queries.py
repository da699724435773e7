"""Reading batches, generations and what the engine has to do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.core.cache import caches
from django.db.models import BigIntegerField, BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value
from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.catalog.models import ImageModel
from studio.generation.models import (
    PENDING,
    Batch,
    Favourite,
    Generation,
    Image,
    LimitRequest,
    PumpLease,
    RequestState,
    Status,
)
from studio.generation.timeline import Step, steps
from studio.keys.models import Outage
from studio.keys.queries import (
    can_be_sent_to,
    is_rehearsal,
    outage_along,
    present_outages,
    real_key_along,
    usable_keys,
)
from studio.kit import clock
from studio.live.queries import current_cursor, cursor_along
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.queries import find_project
from studio.spending.along import LimitsAlong, UsageAlong, limits_read, usage_read
from studio.spending.limits import Limit, read_limits
from studio.spending.queries import Usage, settled_along, usage_this_month
from studio.spending.scopes import scopes_of

# A schema is parsed once for all that share it (catalog.queries.spec_of); rows need only its digest.
SCHEMA_TEXTS = ("batch__model__schema__input_schema", "batch__model__schema__example")

# Asked for every page of images: built from querysets they took longer than they take to ask.
_RETRY = f"""(
    SELECT retry.id FROM {Generation._meta.db_table} retry WHERE retry.retry_of_id = %(expressions)s LIMIT 1
)"""  # noqa: S608  the name of our own table
_IS_MARKED = f"""EXISTS (
    SELECT 1 FROM {Favourite._meta.db_table} mark WHERE (mark.image_id, mark.person_id) = (%(expressions)s)
)"""  # noqa: S608  the name of our own table
_HAS_REQUESTS = f"""EXISTS (
    SELECT 1 FROM {LimitRequest._meta.db_table} asked
    WHERE asked.seen_at IS NULL AND (asked.project_id, asked.author_id) = (%(expressions)s)
)"""  # noqa: S608  the name of our own table

WAITING_KEPT_S = 5
# Leases last a minute, and a provider that asks us to wait is heard for ten.
FURTHEST_AHEAD = timedelta(minutes=15)

BatchWithGenerations = tuple[Batch, list[Generation]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the feed: the cursor of its news, what a person has used and may use, and who answers."""

    cursor: int
    usage: Usage
    is_rehearsal: bool
    limits: list[Limit]
    has_requests: bool
    """Whether the person has asked for more here, and not put the answer away."""
    has_outage: bool
    """Whether any provider is away."""


def _with_results() -> QuerySet[Generation]:
    """Generations with all that a card shows but its images (`shown_images`), in one query."""
    related = (
        "batch__model__provider",
        "batch__model__schema",
        "batch__model__twin_of",
        "batch__author",
        "author",
        "project",
        "key",
        "hold",
    )
    return (
        Generation.objects.select_related(*related)
        .defer(*SCHEMA_TEXTS)
        .annotate(retry_id=_retry_along(), settled_micros=settled_along("hold"))
    )


def _retry_along() -> Func:
    """Return, as a part of a query of generations, the id of the one that tried each again."""
    return Func(F("pk"), template=_RETRY, output_field=BigIntegerField())


def starred_along(reader: User) -> Func:
    """Return, as a part of a query of images, whether a person marked each."""
    return Func(F("pk"), Value(reader.pk), template=_IS_MARKED, output_field=BooleanField())


def batches_page(
    batches: "QuerySet[Batch]", before_id: int | None, size: int
) -> tuple[list[BatchWithGenerations], bool]:
    """Return a page of a feed's batches, newest first, and whether older ones follow."""
    if before_id is not None:
        batches = batches.filter(id__lt=before_id)
    # One more than is shown says whether there are older ones.
    found = _with_generations(batches.values("id")[: size + 1])
    return found[:size], len(found) > size


def batches_of(batches: "QuerySet[Batch]", generation_ids: Collection[int]) -> list[BatchWithGenerations]:
    """Return those of a feed's batches that hold these generations, newest first."""
    return _with_generations(batches.filter(generations__in=generation_ids).order_by().values("id"))


def _with_generations(batch_ids: "QuerySet[Batch, Any]") -> list[BatchWithGenerations]:
    """Read batches and their generations in one query, newest batch first, generations in order.

    A batch comes with each of its generations, which are few, rather than by itself before them.
    """
    models = ("batch__model__provider", "batch__model__schema", "batch__model__twin_of")
    related = ("batch__author", *models, "hold")
    rows = Generation.objects.filter(batch__in=batch_ids).select_related(*related).defer(*SCHEMA_TEXTS)
    rows = rows.annotate(settled_micros=settled_along("hold"), retry_id=_retry_along())
    found: dict[int, BatchWithGenerations] = {}
    # Put in order here: for an ORDER BY, Django first makes a key of each of a hundred columns.
    for generation in sorted(rows.order_by(), key=lambda row: (-row.batch_id, row.position)):
        batch, generations = found.setdefault(generation.batch_id, (generation.batch, []))
        generation.batch = batch
        generations.append(generation)
    return list(found.values())


def shown_images(generations: Iterable[Generation], reader: User) -> tuple[dict[int, list[Image]], set[int]]:
    """Return the images of each generation in order, but for the trash, and the ids of those that the reader marked."""
    ids = [generation.pk for generation in generations]
    if not ids:
        return {}, set()
    images = Image.objects.filter(generation__in=ids, deleted_at__isnull=True).order_by()
    found: dict[int, list[Image]] = {}
    starred = set()
    for image in sorted(images.annotate(is_starred=starred_along(reader)), key=attrgetter("position")):
        found.setdefault(image.generation_id, []).append(image)
        if image.is_starred:
            starred.add(image.pk)
    return found, starred


def find_generation(project: Project, generation_id: int) -> Generation:
    """Return a generation of the project, or raise Http404."""
    return get_object_or_404(_with_results(), project=project, id=generation_id)


def find_batch(project: Project, batch_id: int) -> Batch:
    """Return a batch of the project, or raise Http404."""
    batches = Batch.objects.select_related(
        "project", "author", "model__provider", "model__schema", "model__twin_of"
    )
    return get_object_or_404(batches, project=project, id=batch_id)


def images_page(project: Project, before_id: int | None, size: int) -> list[Image]:
    """Return a page of a project's images, newest first, without those in the trash."""
    images = _images_with_prompts(project)
    return list(images.filter(id__lt=before_id)[:size] if before_id is not None else images[:size])


def find_images(project: Project, ids: Sequence[int]) -> list[Image]:
    """Return images of the project in the order of their ids given, or raise Http404 unless all are there."""
    found = {image.pk: image for image in _images_with_prompts(project).filter(id__in=ids)}
    if not ids or not set(ids) <= found.keys():
        raise Http404("There is no such image.")
    return [found[image_id] for image_id in dict.fromkeys(ids)]


def _images_with_prompts(project: Project) -> QuerySet[Image]:
    images = Image.objects.filter(project=project, deleted_at__isnull=True)
    return images.select_related("project", "model__provider", "generation__batch").order_by("-id")


def timeline_of(generation: Generation) -> list[Step]:
    """Return the steps of a generation's life so far."""
    return steps(generation.timeline.order_by("id"))


def open_studio(slug: str, user: User) -> tuple[Project, Frame]:
    """Find a project with all that stands around the feed of its studio, in one query. Raises Http404."""
    has_requests = Func(F("pk"), Value(user.pk), template=_HAS_REQUESTS, output_field=BooleanField())
    project = find_project(
        slug,
        user,
        cursor=cursor_along(),
        real_key=real_key_along(),
        has_requests=has_requests,
        has_outage=outage_along(),
        limits=LimitsAlong(user),
        usage=UsageAlong(user),
    )
    read: dict[str, Any] = vars(project)
    usage, limits = usage_read(read["usage"]), limits_read(read["limits"])
    is_sandbox = is_rehearsal(real_key=read["real_key"])
    return project, Frame(read["cursor"], usage, is_sandbox, limits, read["has_requests"], read["has_outage"])


def frame_of(project: Project, user: User) -> Frame:
    """Return what stands around the feed, where the project is already there."""
    has_requests = _requests(user).filter(project=project).exists()
    limits = read_limits(scopes_of(project.pk, user.pk))
    return Frame(
        current_cursor(),
        held_and_spent(project, user),
        is_rehearsal(),
        limits,
        has_requests,
        bool(present_outages()),
    )


def requests_in(project: Project, user: User) -> list[LimitRequest]:
    """Return what a person has asked for in a project and not put away, newest first."""
    related = ("model__provider", "model__schema", "model__twin_of", "author", "decided_by")
    requests = _requests(user).filter(project=project).select_related(*related)
    return list(requests.defer("model__schema__input_schema", "model__schema__example"))


def find_request(project: Project, user: User, request_id: int) -> LimitRequest:
    """Return a person's own request, or raise Http404."""
    requests = LimitRequest.objects.select_related("project", "model")
    return get_object_or_404(requests, project=project, author=user, id=request_id)


def waiting_requests() -> QuerySet[LimitRequest]:
    """Return the requests that wait for an admin's answer, the oldest first."""
    return LimitRequest.objects.filter(state=RequestState.WAITING).order_by("id")


def count_waiting_lately() -> int:
    """Return how many requests wait, as it was some seconds ago at most: for the menu of every page."""
    kept = caches["process"]
    count: int | None = kept.get("waiting-requests")
    if count is None:
        count = waiting_requests().count()
        kept.set("waiting-requests", count, WAITING_KEPT_S)
    return count


def _requests(user: User) -> QuerySet[LimitRequest]:
    return LimitRequest.objects.filter(author=user, seen_at__isnull=True).order_by("-id")


def held_and_spent(project: Project, user: User | None = None) -> Usage:
    """Return the images held and spent this month in a project, or by one person in it."""
    return usage_this_month(project, user)


def due(now: datetime) -> QuerySet[Generation]:
    """Generations whose time has come and that no slice holds.

    What lies further ahead than anything ever waits was written before the clock was set back: its time has come.
    """
    ahead = now + FURTHEST_AHEAD
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now) | Q(lease_until__gt=ahead)
    is_time = Q(next_action_at__lte=now) | Q(next_action_at__gt=ahead)
    return Generation.objects.filter(free, is_time)


def has_due_work(now: datetime | None = None) -> bool:
    """Tell whether the engine could do something now: what waits for a stopped key doesn't count."""
    now = now or clock.now()
    if due(now).filter(status__in=(Status.SUBMITTING, Status.RUNNING, Status.FETCHING)).exists():
        return True
    # Who is away is asked whether it is back, also while nothing waits for it.
    away = Outage.objects.due(now).order_by("id").values_list("provider_id", flat=True)
    if any(usable_keys(provider_id, now) for provider_id in away):
        return True
    queued = due(now).filter(status=Status.QUEUED)
    providers = queued.order_by().values_list("model__provider_id", flat=True).distinct()
    return any(can_be_sent_to(provider_id, now) for provider_id in providers)


def pictures_to_come() -> int:
    """Count the pictures that providers have been asked for and that are not stored yet."""
    asked = Generation.objects.filter(status__in=PENDING, next_action_at__isnull=False)
    return asked.exclude(status=Status.QUEUED).aggregate(Sum("images_asked"))["images_asked__sum"] or 0


def is_pump_alive(now: datetime | None = None) -> bool:
    """Tell whether some slice holds the pump's lease; one of before the clock was set back holds nothing."""
    now = now or clock.now()
    return PumpLease.objects.filter(name="pump", until__gt=now, until__lt=now + FURTHEST_AHEAD).exists()


def has_due_work_without_lease() -> bool:
    """Tell whether work is due while no pump runs: then somebody should wake the engine."""
    return not is_pump_alive() and has_due_work()


def count_undecided() -> int:
    """Count what waits for a person: nobody knows whether the provider made it."""
    return Generation.objects.filter(status=Status.UNKNOWN).count()


def models_with_results() -> list[int]:
    """Return the models that have made anything yet, of which a time may be learned; at most 200."""
    results = Generation.objects.filter(model=OuterRef("pk"), ready_at__isnull=False)
    return list(ImageModel.objects.filter(Exists(results)).order_by("pk").values_list("pk", flat=True)[:200])
