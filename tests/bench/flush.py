"""Emptying the tables after a test: on SQLite Django deletes rows, which the triggers of append-only tables refuse."""

from typing import Any

import pytest
from django.db import transaction
from django.db.backends.sqlite3.base import DatabaseWrapper

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'studio\\_%\\_no\\_%' ESCAPE '\\'"


def flush_append_only_tables(patch: pytest.MonkeyPatch) -> None:
    """Take the triggers away for the length of a flush, in its own transaction: nobody ever sees them gone.

    PostgreSQL needs nothing of this: there Django truncates, and row triggers don't hear of it.
    """
    operations = DatabaseWrapper.ops_class
    execute_sql_flush = operations.execute_sql_flush

    def flush_without_triggers(self: Any, sql_list: list[str]) -> None:
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            triggers = cursor.execute(TRIGGERS).fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            execute_sql_flush(self, sql_list)
            for _, sql in triggers:
                cursor.execute(sql)

    patch.setattr(operations, "execute_sql_flush", flush_without_triggers)
