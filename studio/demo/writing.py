"""Rows in bulk, with ids and times of their own: `bulk_create` writes the present moment, and takes minutes."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from operator import attrgetter
from typing import Any

from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import DateField, Field, JSONField, Max, Model


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
    readers = [_reader(field) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [tuple(read(row) for read in readers) for row in rows])


def _reader(field: "Field[Any, Any]") -> Callable[[Model], Any]:
    """Return what reads a column's value from a row, converted only where the database needs it."""
    read = attrgetter(field.attname)
    if not isinstance(field, DateField | JSONField):
        return read
    # Not through the proxy, which would look the connection up for every value.
    database = connections[DEFAULT_DB_ALIAS]
    return lambda row: field.get_db_prep_save(read(row), database)


def advance_sequences(models: Sequence[type[Model]]) -> None:
    """Tell the database which ids are taken, where it counts them by itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)
