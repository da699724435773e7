"""Pages of the gallery: images newest first, by day, narrowed down by filters, with what is said about them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from studio.gallery.figures import DayCount, Figures, read_figures
from studio.gallery.filters import Filters
from studio.gallery.matching import Matching
from studio.gallery.tiles import Tile, TileDrawer
from studio.generation.models import Image
from studio.generation.queries import starred_along
from studio.people.models import User
from studio.projects.models import Project
from studio.templatetags.pictures import day_title

PAGE_SIZE = 48
# What a tile shows: rows of a page are read without the rest, such as the parameters of their batches.
TILE_FIELDS = (
    "project_id",
    "generation_id",
    "position",
    "width",
    "height",
    "thumbnail_widths",
    "size_bytes",
    "created_at",
    "deleted_at",
    "author__name",
    "author__email",
    "author__picture",
)


@dataclass(frozen=True, slots=True)
class Day:
    """The images of one day on one page. `count` is of the whole day; None where filters leave some out."""

    on: date
    images: list[Image]
    tiles: list[Tile]
    count: DayCount | None

    @property
    def key(self) -> str:
        """The day as 2026-11-29: for ids."""
        return self.on.isoformat()

    @property
    def title(self) -> str:
        return day_title(self.on)

    @property
    def count_words(self) -> str:
        """How many images by how many people it has, in words; empty where nobody counted."""
        if self.count is None:
            return ""
        images, people = self.count.image_count, self.count.people_count
        whose = self.images[0].author.display_name if people == 1 and self.images else f"{people} people"
        return f"{images} image{'' if images == 1 else 's'} by {whose}"


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """A page of the gallery, newest first. `before_id` begins the next one, None at the end."""

    days: list[Day]
    before_id: int | None
    newest_id: int
    figures: Figures


def gallery_page(
    project: Project,
    person: User,
    filters: Filters,
    *,
    before_id: int | None = None,
    continued: date | None = None,
    is_part: bool = False,
    size: int | None = None,
) -> GalleryPage:
    """Return a page of the project's images that fit the filters of a person.

    `continued` is the day with which the page before ended: no image comes into a later one. A page that is only
    the next part of another one needs fewer figures.
    """
    size = size or PAGE_SIZE
    matching = Matching(project.pk, person.pk, filters)
    ids = matching.ids(limit=size + 1, before=before_id)
    chosen = RawSQL(ids.text, ids.params)  # noqa: S611  made of parameters
    rows = images_for_tiles(person).filter(id__in=chosen).order_by()
    # Put in order here: for an ORDER BY, Django first makes a key of each column.
    images = sorted(rows, key=attrgetter("pk"), reverse=True)
    page, has_more = images[:size], len(images) > size
    grouped = _by_day(page, continued or date.max)
    counted_days = [day for day, _ in grouped] if filters.is_empty else []
    figures = read_figures(matching, counted_days, is_part=is_part)
    drawer = TileDrawer(project.slug, filters.as_query())
    return GalleryPage(
        days=[Day(day, shown, drawer.draw(shown), figures.days.get(day)) for day, shown in grouped],
        before_id=page[-1].pk if has_more else None,
        newest_id=page[0].pk if page else 0,
        figures=figures,
    )


def images_for_tiles(person: User) -> QuerySet[Image]:
    """Return images with what a tile shows; `is_starred` says whether this person marked it.

    `prompt` and `model_name` come by themselves: with model, batch and generation about them, each image would be four
    rows.
    """
    about = {"prompt": F("generation__batch__prompt"), "model_name": F("model__name")}
    images = Image.objects.select_related("author").only(*TILE_FIELDS)
    return images.annotate(is_starred=starred_along(person), **about)


@dataclass(frozen=True, slots=True)
class Followed:
    """What an open page says after some of its images changed: its figures, and the days whose counts they are."""

    filters: Filters
    figures: Figures
    days: list[Day]


def followed(project: Project, person: User, filters: Filters, images: Collection[Image]) -> Followed:
    """Return what a page with these filters says now, after these images of it changed."""
    days = sorted({timezone.localdate(image.created_at) for image in images}) if filters.is_empty else []
    figures = read_figures(Matching(project.pk, person.pk, filters), days, is_part=False)
    by_day = {day: [image for image in images if timezone.localdate(image.created_at) == day] for day in days}
    return Followed(filters, figures, [Day(day, by_day[day], [], figures.days.get(day)) for day in days])


def changed_images(project: Project, person: User, generation_ids: Collection[int]) -> list[Image]:
    """Return the images of generations that changed, those in the trash too."""
    changed = images_for_tiles(person).filter(project=project, generation__in=generation_ids)
    return list(changed.order_by("-id"))


def count_newer(project: Project, person: User, filters: Filters, after_id: int, *, most: int = 99) -> int:
    """Return how many images that fit came after one, counted up to a limit plus one."""
    ids = Matching(project.pk, person.pk, filters).ids(limit=most + 1, after=after_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({ids.text}) AS newer", ids.params)  # noqa: S608  no input
        return int(cursor.fetchone()[0])


def _by_day(images: list[Image], latest: date) -> list[tuple[date, list[Image]]]:
    dated = groupby(_dated(images, latest), itemgetter(0))
    return [(day, [image for _, image in group]) for day, group in dated]


def _dated(images: list[Image], latest: date) -> Iterator[tuple[date, Image]]:
    """Give each image its day. About midnight ids and times may disagree: no day comes twice for that."""
    for image in images:
        latest = min(latest, timezone.localdate(image.created_at))
        yield latest, image
