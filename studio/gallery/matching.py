"""Which images fit the filters, as one SQL question that streams ids, newest first, from an index.

The database would not find these plans by itself: what narrows most is asked first, and read in the gallery's order,
so that a page costs the same however many images there are.
"""

# ruff: noqa: S608  what goes into the statements is written here and in index.py; values are parameters.
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from studio.gallery import index
from studio.gallery.filters import Filters
from studio.generation.models import Favourite, Image
from studio.kit.clock import now

IMAGES = Image._meta.db_table
FAVOURITES = Favourite._meta.db_table


Param = int | str | datetime


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement or a part of one, with its parameters."""

    text: str
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """The images of a project that fit the filters of a person, whose marks count for `is_starred`."""

    project_id: int
    person_id: int
    filters: Filters

    def ids(self, *, limit: int, before: int | None = None, after: int | None = None) -> Sql:
        """Return the question for ids, newest first; those `after` an id the oldest, so the nearest, first."""
        source, order_by, conditions = self._source()
        # Of both tables: PostgreSQL doesn't conclude one from the other, and would read all that comes before.
        for column in dict.fromkeys((order_by, "i.id")):
            if before is not None:
                conditions.append(Sql(f"{column} < %s", (before,)))
            if after is not None:
                conditions.append(Sql(f"{column} > %s", (after,)))
        conditions += self._days(order_by)
        where = _all_of(conditions)
        direction = "DESC" if after is None else "ASC"
        return Sql(
            f"SELECT {order_by} AS id FROM {source} WHERE {where.text} ORDER BY {order_by} {direction} LIMIT %s",
            (*where.params, limit),
        )

    def count(self, *, limit: int) -> Sql:
        """Return the question how many images fit, counted up to a limit."""
        ids = self.ids(limit=limit)
        return Sql(f"SELECT count(*) FROM ({ids.text}) AS found", ids.params)

    def _source(self) -> tuple[str, str, list[Sql]]:
        """Return the tables to read, the column that orders them, and the conditions on them."""
        if self.filters.terms or self._facet_count() > 1:
            return self._from_index()
        if self.filters.is_starred:
            return self._from_favourites()
        return f"{IMAGES} i", "i.id", [*self._of_project(), *self._choices()]

    def _from_index(self) -> tuple[str, str, list[Sql]]:
        filters = self.filters
        marks = [
            [index.project_mark(self.project_id)],
            [index.model_mark(model_id) for model_id in filters.models],
            [index.author_mark(person_id) for person_id in filters.authors],
            [index.shape_mark(shape) for shape in filters.shapes],
        ]
        asked = index.question(all_of=[group for group in marks if group], terms=filters.terms)
        id_column = index.ID_COLUMN[connection.vendor]
        conditions = [
            Sql(index.MATCHES[connection.vendor], (asked,)),
            *self._of_project(),
            *(self._starred(id_column) if filters.is_starred else []),
        ]
        return (
            f"{index.TABLE} {_JOIN[connection.vendor]} {IMAGES} i ON i.id = {id_column}",
            id_column,
            conditions,
        )

    def _from_favourites(self) -> tuple[str, str, list[Sql]]:
        mine = Sql("f.project_id = %s AND f.person_id = %s", (self.project_id, self.person_id))
        source = f"{FAVOURITES} f {_JOIN[connection.vendor]} {IMAGES} i ON i.id = f.image_id"
        return source, "f.image_id", [mine, *self._of_project(), *self._choices()]

    def _of_project(self) -> list[Sql]:
        return [Sql("i.project_id = %s AND i.deleted_at IS NULL", (self.project_id,))]

    def _choices(self) -> list[Sql]:
        filters = self.filters
        columns = (("model_id", filters.models), ("author_id", filters.authors), ("shape", filters.shapes))
        return [_one_of(f"i.{column}", values) for column, values in columns if values]

    def _starred(self, id_column: str) -> list[Sql]:
        """Return the condition for marks.

        The + keeps SQLite from asking the index anew for each of them; PostgreSQL begins with them where they are few.
        """
        mine = f"SELECT image_id FROM {FAVOURITES} WHERE person_id = %s AND project_id = %s"
        column = f"+{id_column}" if connection.vendor == "sqlite" else id_column
        return [Sql(f"{column} IN ({mine})", (self.person_id, self.project_id))]

    def _days(self, id_column: str) -> list[Sql]:
        """Return the conditions on days, and the bounds of ids that they imply: there the reading starts and ends."""
        since, until = self.filters.days(timezone.localdate(now()))
        spans = [
            *([Sql("created_at >= %s", (as_moment(since),))] if since else []),
            *([Sql("created_at < %s", (as_moment(until + timedelta(days=1)),))] if until else []),
        ]
        if not spans:
            return []
        where = _all_of([Sql("project_id = %s AND deleted_at IS NULL", (self.project_id,)), *spans])
        # + 0: else the least id is looked for in the order of ids, through all images before these days.
        bound = f"SELECT %s(id + 0) FROM {IMAGES} WHERE {where.text}"
        return [
            *(Sql(f"i.{span.text}", span.params) for span in spans),
            *([Sql(f"{id_column} >= ({bound.replace('%s', 'min', 1)})", where.params)] if since else []),
            *([Sql(f"{id_column} <= ({bound.replace('%s', 'max', 1)})", where.params)] if until else []),
        ]

    def _facet_count(self) -> int:
        return len(self.filters.models) + len(self.filters.authors) + len(self.filters.shapes)


# SQLite keeps the order of a CROSS JOIN; PostgreSQL knows its figures and chooses for itself.
_JOIN = {"sqlite": "CROSS JOIN", "postgresql": "JOIN"}


def as_moment(day: date) -> Param:
    """Return the midnight with which a day of the team's time zone begins, as the database stores times."""
    midnight = timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  made aware here
    return connection.ops.adapt_datetimefield_value(midnight) or midnight


def _all_of(conditions: Iterable[Sql]) -> Sql:
    listed = list(conditions)
    return Sql(
        " AND ".join(condition.text for condition in listed),
        tuple(param for condition in listed for param in condition.params),
    )


def _one_of(column: str, values: tuple[int, ...] | tuple[str, ...]) -> Sql:
    return Sql(f"{column} IN ({', '.join(['%s'] * len(values))})", values)
