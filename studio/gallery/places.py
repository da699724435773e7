"""Where an image stands among those that fit the filters, and what stands beside it."""

from dataclasses import dataclass

from django.db import connection

from studio.gallery.filters import Filters
from studio.gallery.matching import Matching, Sql
from studio.generation.models import Image
from studio.people.models import User

# Further than this nobody counts: it would cost more the more images there are.
COUNTED = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """An image's neighbours, and its number from the newest of at most `counted`; None where nobody counts."""

    number: int | None
    total: int
    counted: int
    newer: Image | None = None
    older: Image | None = None

    @property
    def words(self) -> str:
        """Say the place as people do: 3 of 1,284; empty where nobody counts any more."""
        if self.number is None:
            return ""
        more = "+" if self.total > self.counted else ""
        return f"{self.number:,} of {min(self.total, self.counted):,}{more}"


def place_of(image: Image, filters: Filters, person: User, *, counted: int = COUNTED) -> Place:
    """Return the place of an image among those of its project that the filters show, in two queries.

    In the trash an image has no place and no neighbours.
    """
    if image.deleted_at is not None:
        return Place(None, 0, counted)
    matching = Matching(image.project_id, person.pk, filters)
    neighbours = (matching.ids(limit=1, after=image.pk), matching.ids(limit=1, before=image.pk))
    counts = (_counted(matching.ids(limit=counted, after=image.pk)), matching.count(limit=counted + 1))
    # Where a span of days begins and ends is looked for in all of its images, anew for each question.
    newer_id, older_id, *numbers = _ask(*neighbours, *(() if filters.has_days else counts))
    newer_count, total = numbers or (counted, 0)
    beside = Image.objects.in_bulk([each for each in (newer_id, older_id) if each])
    number = newer_count + 1 if newer_count < counted else None
    return Place(number, total, counted, beside.get(newer_id), beside.get(older_id))


def _ask(*questions: Sql) -> list[int]:
    """Ask for one number each, all in one statement."""
    columns = ", ".join(f"({question.text})" for question in questions)
    params = [param for question in questions for param in question.params]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", params)
        row: tuple[int | None, ...] = cursor.fetchone()
    return [number or 0 for number in row]


def _counted(ids: Sql) -> Sql:
    return Sql(f"SELECT count(*) FROM ({ids.text}) AS found", ids.params)  # noqa: S608  see matching.py
