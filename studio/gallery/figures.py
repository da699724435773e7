"""What a page of the gallery says in numbers and names, in one query: counts, days, and what can be chosen.

Every part reads a bounded piece of an index, so that the answer takes the same time for any number of images.
"""

# ruff: noqa: S608  what goes into the statements is written here and in matching.py; values are parameters.
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db import connection

from studio.catalog.models import ImageModel, Provider
from studio.gallery.matching import IMAGES, Matching, Sql, as_moment
from studio.people.models import User

# Beyond these it is enough to know that there are more.
MOST_COUNTED = 10_000
MOST_FOUND = 1_000
# Each is a count of its own.
MOST_OPTIONS = 40

_SHOWN = "project_id = %s AND deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Named:
    """A model or a person that images of the project are of."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many images by how many people one day has."""

    image_count: int
    people_count: int


@dataclass(slots=True)
class Figures:
    """The numbers of a page. `found` is how many fit the filters; counts end at their limits plus one."""

    total: int = 0
    found: int = 0
    is_narrowed: bool = False
    days: dict[date, DayCount] = field(default_factory=dict)
    models: list[Named] = field(default_factory=list)
    people: list[Named] = field(default_factory=list)

    @property
    def found_words(self) -> str:
        return counted(self.found, MOST_FOUND)

    @property
    def shown_words(self) -> str:
        """What a page shows: 128 images."""
        number, words = (self.found, self.found_words) if self.is_narrowed else (self.total, self.total_words)
        return f"{words} image{'' if number == 1 else 's'}"

    @property
    def total_words(self) -> str:
        return counted(self.total, MOST_COUNTED)


def counted(number: int, most: int) -> str:
    """Return a number as people read it: 1,284, or 10,000+ where nobody counted on."""
    return f"{number:,}" if number <= most else f"{most:,}+"


def read_figures(matching: Matching, days: Sequence[date], *, is_part: bool) -> Figures:
    """Return the figures of a page that shows these days; one that is a part of another page needs its days only."""
    parts = [_day(matching.project_id, day) for day in days]
    if not is_part:
        parts += [*_counts(matching), *_choices(matching.project_id)]
    return _gathered(_ask(parts)) if parts else Figures()


def count_shown(matching: Matching) -> Figures:
    """Return how many images fit the filters, as `shown_words` says, and the models that there are."""
    return _gathered(_ask([*_counts(matching), *_choices(matching.project_id)]))


def count_by_model(matching: Matching, models: Sequence[Named]) -> dict[int, str]:
    """Return in words how many images each of these models would leave, all other filters staying as they are."""
    parts = []
    for model in models[:MOST_OPTIONS]:
        filters = replace(matching.filters, models=(model.id,))
        count = replace(matching, filters=filters).count(limit=MOST_FOUND + 1)
        parts.append(
            Sql(
                f"SELECT 'of' AS kind, CAST(%s AS text) AS key, ({count.text}) AS first, 0 AS second, "
                "'' AS name, '' AS detail",
                (str(model.id), *count.params),
            )
        )
    return {int(row[1]): counted(row[2], MOST_FOUND) for row in _ask(parts)} if parts else {}


def _day(project_id: int, day: date) -> Sql:
    return Sql(
        "SELECT 'day' AS kind, CAST(%s AS text) AS key, count(*) AS first, count(DISTINCT author_id) AS second, "
        f"'' AS name, '' AS detail FROM {IMAGES} WHERE {_SHOWN} AND created_at >= %s AND created_at < %s",
        (day.isoformat(), project_id, as_moment(day), as_moment(day + timedelta(days=1))),
    )


def _counts(matching: Matching) -> list[Sql]:
    some = f"SELECT 1 AS one FROM {IMAGES} WHERE {_SHOWN} LIMIT %s"
    total = Sql(
        f"SELECT 'total' AS kind, '' AS key, count(*) AS first, 0 AS second, '' AS name, '' AS detail FROM ({some}) AS s",
        (matching.project_id, MOST_COUNTED + 1),
    )
    return [total] if matching.filters.is_empty else [total, _found(matching)]


def _found(matching: Matching) -> Sql:
    count = matching.count(limit=MOST_FOUND + 1)
    return Sql(
        f"SELECT 'found' AS kind, '' AS key, ({count.text}) AS first, 0 AS second, '' AS name, '' AS detail",
        count.params,
    )


_PROVIDER = f"(SELECT p.name FROM {Provider._meta.db_table} p WHERE p.id = t.provider_id)"


def _choices(project_id: int) -> list[Sql]:
    """Ask which models and people there are images of: one look into the index for each."""
    return [
        _named(project_id, "model", ImageModel._meta.db_table, column="model_id", detail=_PROVIDER),
        _named(project_id, "person", User._meta.db_table, column="author_id", detail="t.email"),
    ]


def _named(project_id: int, kind: str, table: str, *, column: str, detail: str) -> Sql:
    # The newest of each, not EXISTS: SQLite would look for any in an index that doesn't know whose they are.
    newest = f"SELECT i.id FROM {IMAGES} i WHERE i.{_SHOWN} AND i.{column} = t.id ORDER BY i.id DESC LIMIT 1"
    return Sql(
        f"SELECT '{kind}' AS kind, CAST(t.id AS text) AS key, 0 AS first, 0 AS second, t.name, {detail} AS detail "
        f"FROM {table} t WHERE ({newest}) IS NOT NULL",
        (project_id,),
    )


Row = tuple[str, str, int, int, str, str]


def _ask(parts: Iterable[Sql]) -> list[Row]:
    listed = list(parts)
    statement = " UNION ALL ".join(part.text for part in listed)
    with connection.cursor() as cursor:
        cursor.execute(statement, [param for part in listed for param in part.params])
        rows: list[Row] = cursor.fetchall()
    return rows


def _gathered(rows: Sequence[Row]) -> Figures:
    figures = Figures()
    names = Counter(name for kind, *_, name, _ in rows if kind == "model")
    for kind, key, first, second, name, detail in rows:
        if kind == "total":
            figures.total = first
        elif kind == "found":
            figures.found, figures.is_narrowed = first, True
        elif kind == "day":
            figures.days[date.fromisoformat(key)] = DayCount(first, second)
        elif kind == "model":
            figures.models.append(Named(int(key), f"{name} at {detail}" if names[name] > 1 else name))
        else:
            figures.people.append(Named(int(key), name or detail.partition("@")[0]))
    for listed in (figures.models, figures.people):
        listed.sort(key=lambda one: (one.name.casefold(), one.id))
    return figures
