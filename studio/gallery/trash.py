"""Reading the trash: what a person may bring back, what was deleted last first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from studio.gallery.pages import TILE_FIELDS, images_for_tiles
from studio.generation.models import Image
from studio.generation.policies import ImageRights
from studio.kit.clock import now
from studio.kit.parameters import read_id
from studio.projects.models import Project, ProjectRole

PAGE_SIZE = 60
# From here on the days that are left are shown as a warning.
SOON_DAYS = 3
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrashedImage:
    """An image of the trash; `days_left` until it is deleted for good, 0 for the coming night."""

    image: Image
    deleted_on: date
    days_left: int

    @property
    def is_soon(self) -> bool:
        return self.days_left <= SOON_DAYS


@dataclass(frozen=True, slots=True)
class TrashDay:
    """What was deleted on one day, as far as the page shows it; the count is of the whole day."""

    on: date
    images: list[TrashedImage]
    image_count: int


@dataclass(frozen=True, slots=True)
class TrashSums:
    """How much is in the trash, for one person."""

    total: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TrashPage:
    """A page of the trash. `before` begins the next one, empty at the end."""

    days: list[TrashDay]
    before: str
    sums: TrashSums


def trashed_images(project: Project, rights: ImageRights) -> QuerySet[Image]:
    """Return the images of the trash that the person may bring back: managers all, others their own."""
    images = Image.objects.filter(project=project, deleted_at__isnull=False)
    return images if rights.role is ProjectRole.MANAGER else images.filter(author=rights.user)


def trash_page(project: Project, rights: ImageRights, *, before: str = "") -> TrashPage:
    """Return a page of the trash; `before` is how the page before ended. What makes no sense begins anew."""
    mine = trashed_images(project, rights)
    rows = (
        images_for_tiles(rights.user)
        .filter(id__in=_page_ids(mine, before, PAGE_SIZE + 1))
        .select_related("author", "generation__batch", "deleted_by")
        .only(*TILE_FIELDS, "generation__batch__prompt", "deleted_by__name", "deleted_by__email")
    )
    found = [_trashed(image) for image in rows.order_by("-deleted_at", "-id")]
    page, has_more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    return TrashPage(
        days=list(_by_day(mine, page)),
        before=_mark(page[-1].image) if has_more else "",
        sums=trash_sums(project, rights),
    )


def trash_sums(project: Project, rights: ImageRights) -> TrashSums:
    """Return how much there is that the person may bring back."""
    mine = trashed_images(project, rights)
    return TrashSums(**mine.aggregate(total=Count("id"), size_bytes=Sum("size_bytes", default=0)))


def _page_ids(images: QuerySet[Image], before: str, limit: int) -> list[int]:
    moment, _, image_id = before.partition("-")
    micros, last_id = read_id(moment), read_id(image_id)
    if micros is not None and last_id is not None and micros < 10**16:
        at = _START + timedelta(microseconds=micros)
        images = images.filter(Q(deleted_at__lt=at) | Q(deleted_at=at, id__lt=last_id))
    return list(images.order_by("-deleted_at", "-id").values_list("id", flat=True)[:limit])


def _mark(image: Image) -> str:
    assert image.deleted_at is not None
    return f"{(image.deleted_at - _START) // timedelta(microseconds=1)}-{image.pk}"


def days_left(image: Image) -> int:
    """Return how many days an image of the trash can still be restored, 0 for the coming night."""
    assert image.deleted_at is not None
    return max(0, settings.TRASH_DAYS - (now() - image.deleted_at).days)


def _trashed(image: Image) -> TrashedImage:
    assert image.deleted_at is not None
    return TrashedImage(image, timezone.localdate(image.deleted_at), days_left(image))


def _by_day(mine: QuerySet[Image], page: list[TrashedImage]) -> Iterator[TrashDay]:
    if not page:
        return
    counts = dict(
        mine.order_by()
        .annotate(day=TruncDate("deleted_at"))
        .values("day")
        .annotate(image_count=Count("id"))
        .values_list("day", "image_count")
    )
    for day, images in groupby(page, attrgetter("deleted_on")):
        listed = list(images)
        yield TrashDay(day, listed, counts.get(day, len(listed)))
