"""What projects hold, for the project list, which lies in a room below and asks through `projects.covers`."""

from collections.abc import Collection

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import reverse

from studio.generation.models import PENDING, Generation, Image
from studio.projects.covers import Contents, Cover
from studio.projects.models import Project

COVERS = 4
WIDTH = 640


def read_contents(project_ids: Collection[int]) -> dict[int, Contents]:
    """Return the newest thumbnails, counts and last activity of projects, in five queries for any number."""
    images = Image.objects.filter(project__in=project_ids, deleted_at__isnull=True)
    image_counts = _counts(images)
    # Of all projects: what goes on is little, and is found by its next action; by project all that has ended is read.
    running = _counts(Generation.objects.filter(next_action_at__isnull=False, status__in=PENDING))
    return {
        project_id: Contents(
            covers=tuple(_cover(image) for image in newest),
            image_count=image_counts.get(project_id, 0),
            running_count=running.get(project_id, 0),
            last_at=newest[0].created_at if newest else None,
            last_by=newest[0].author if newest else None,
        )
        for project_id, newest in _newest(project_ids).items()
    }


def _newest(project_ids: Collection[int]) -> dict[int, list[Image]]:
    """Return the newest images by project. One index seek per image: a window function would read them all."""
    newest = (
        Image.objects.filter(project=OuterRef("pk"), deleted_at__isnull=True).order_by("-id").values("pk")
    )
    seeks = {f"image_{place}": Subquery(newest[place : place + 1]) for place in range(COVERS)}
    places = Project.objects.filter(pk__in=project_ids).annotate(**seeks).values_list("pk", *seeks)
    ids_by_project = {pk: [image_id for image_id in image_ids if image_id] for pk, *image_ids in places}
    wanted = [image_id for image_ids in ids_by_project.values() for image_id in image_ids]
    found = Image.objects.select_related("project", "author").in_bulk(wanted)
    return {pk: [found[image_id] for image_id in image_ids] for pk, image_ids in ids_by_project.items()}


def _counts(rows: QuerySet[Image] | QuerySet[Generation]) -> dict[int, int]:
    grouped = rows.order_by().values("project").annotate(row_count=Count("pk"))
    return {row["project"]: row["row_count"] for row in grouped}


def _cover(image: Image) -> Cover:
    width = min(WIDTH, image.width)
    url = reverse("gallery:thumb", args=[image.project.slug, image.pk, WIDTH])
    return Cover(url, width, round(width / image.ratio))
