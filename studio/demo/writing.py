"""Rows in bulk, with ids and times of their own: `bulk_create` writes the present moment, and takes minutes."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import count
from operator import attrgetter
from typing import Any

from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import DateField, Field, JSONField, Max, Model

MOST_MOMENTS = 20_000


def ids_after(model: type[Model]) -> Iterator[int]:
    """Return ids for new rows, from the first free one on."""
    newest: int | None = model._default_manager.aggregate(newest=Max("pk"))["newest"]
    return count((newest or 0) + 1)


def write_rows(rows: Sequence[Model]) -> None:
    """Insert rows of one model, every column as it is in them."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if not field.generated]
    name = connection.ops.quote_name
    columns = ", ".join(name(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # What goes into the statement is ours; values are parameters.
    statement = f"INSERT INTO {name(rows[0]._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    read = attrgetter(*(field.attname for field in fields))
    writers = [(place, _writer(field)) for place, field in enumerate(fields) if _is_converted(field)]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_written(read(row), writers) for row in rows])


def _is_converted(field: "Field[Any, Any]") -> bool:
    return isinstance(field, DateField | JSONField)


def _writer(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """Return what converts a column's values as the database needs them; a moment stands in many rows."""
    # Not through the proxy, which would look the connection up for every value.
    database = connections[DEFAULT_DB_ALIAS]
    write = partial(field.get_db_prep_save, connection=database)
    return write if isinstance(field, JSONField) else lru_cache(MOST_MOMENTS)(write)


def _written(values: Sequence[Any], writers: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    written = list(values)
    for place, write in writers:
        written[place] = write(written[place])
    return written


def advance_sequences(models: Sequence[type[Model]]) -> None:
    """Tell the database which ids are taken, where it counts them by itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)
