"""Reading a project's images: pages by day, one image with its neighbours, and what is new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from studio.generation.models import Favourite, Image, Upload
from studio.generation.policies import image_rights
from studio.generation.queries import SCHEMA_TEXTS
from studio.people.models import User
from studio.projects.models import Project

PAGE_SIZE = 60


@dataclass(frozen=True, slots=True)
class Day:
    """The images of one day on one page; the counts are of the whole day."""

    on: date
    images: list[Image]
    image_count: int
    people_count: int


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """A page of the gallery, newest first. `before_id` begins the next one, None at the end."""

    days: list[Day]
    before_id: int | None
    newest_id: int


def images_of(project: Project) -> QuerySet[Image]:
    """Return the images that the project's gallery shows."""
    return Image.objects.filter(project=project, deleted_at__isnull=True)


def gallery_page(
    project: Project, before_id: int | None = None, size: int = PAGE_SIZE, *, continued: date | None = None
) -> GalleryPage:
    """Return a page of the project's images, newest first, grouped by day in the team's time zone.

    `continued` is the day with which the page before ended: no image comes into a later one.
    """
    rows = images_of(project).select_related("author", "model", "generation__batch")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    images = list(rows.order_by("-id")[: size + 1])
    page, has_more = images[:size], len(images) > size
    return GalleryPage(
        days=_by_day(project, page, continued or date.max),
        before_id=page[-1].id if has_more else None,
        newest_id=page[0].id if page else 0,
    )


def count_newer(project: Project, after_id: int) -> int:
    """Return how many images came after one."""
    return images_of(project).filter(id__gt=after_id).count()


def find_image(project: Project, image_id: int) -> Image:
    """Return an image of the project's gallery, or raise Http404."""
    return get_object_or_404(images_of(project), id=image_id)


def find_image_or_trashed(project: Project, image_id: int, user: User) -> Image:
    """Return an image as `find_image` does; one in the trash is there for those who may restore it."""
    return _seen(Image.objects.all(), project, image_id, user)


def find_image_with_facts(project: Project, image_id: int, user: User) -> Image:
    """Return an image as `find_image_or_trashed` does, with all that its page shows."""
    related = (
        "author",
        "deleted_by",
        "model__provider",
        "generation__batch__model__provider",
        "generation__batch__model__schema",
        "generation__hold",
        "generation__key",
    )
    light = Image.objects.defer(*(f"generation__{name}" for name in SCHEMA_TEXTS))
    return _seen(light.select_related(*related), project, image_id, user)


def _seen(images: QuerySet[Image], project: Project, image_id: int, user: User) -> Image:
    image = get_object_or_404(images.filter(project=project), id=image_id)
    if image.deleted_at is not None and not image_rights(project, user).can_delete(image):
        raise Http404
    return image


def is_starred(image: Image, person: User) -> bool:
    """Tell whether the person has marked the image."""
    return Favourite.objects.filter(image=image, person=person).exists()


def find_upload(project: Project, upload_id: int) -> Upload:
    """Return a reference image of the project, or raise Http404."""
    return get_object_or_404(Upload, project=project, id=upload_id)


def batch_images(image: Image) -> list[Image]:
    """Return the images of the same press of the button, in order."""
    same = Image.objects.filter(generation__batch_id=image.generation.batch_id, deleted_at__isnull=True)
    return list(same.order_by("generation__position", "generation_id", "position"))


def _by_day(project: Project, images: list[Image], latest: date) -> list[Day]:
    grouped = [
        (day, [image for _, image in group]) for day, group in groupby(_dated(images, latest), itemgetter(0))
    ]
    if not grouped:
        return []
    counts = _counts_by_day(project, first=grouped[-1][0], last=grouped[0][0])
    return [Day(day, group, *counts.get(day, (len(group), 1))) for day, group in grouped]


def _dated(images: list[Image], latest: date) -> Iterator[tuple[date, Image]]:
    """Give each image its day. About midnight ids and times may disagree: no day comes twice for that."""
    for image in images:
        latest = min(latest, timezone.localdate(image.created_at))
        yield latest, image


def _counts_by_day(project: Project, *, first: date, last: date) -> dict[date, tuple[int, int]]:
    """Return how many images by how many people each day has."""
    starts_at, ends_at = _midnight(first), _midnight(last + timedelta(days=1))
    counts = (
        images_of(project)
        .filter(created_at__gte=starts_at, created_at__lt=ends_at)
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(image_count=Count("id"), people_count=Count("author", distinct=True))
        .order_by("day")
    )
    return {row["day"]: (row["image_count"], row["people_count"]) for row in counts}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  made aware here
