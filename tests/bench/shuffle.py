"""Queries that name no order get their rows shuffled, as a database is free to do at any time."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import MULTI


def shuffle_unordered_queries(patch: pytest.MonkeyPatch) -> None:
    """Make every query without `order_by` (or Meta.ordering) answer in a random, seeded order."""
    get_order_by, execute_sql = SQLCompiler.get_order_by, SQLCompiler.execute_sql

    def remember_order(self: Any) -> Any:
        order_by = get_order_by(self)
        self.is_ordered = bool(order_by)
        return order_by

    def execute_shuffled(self: Any, result_type: Any = MULTI, *args: Any, **kwargs: Any) -> Any:
        result = execute_sql(self, result_type, *args, **kwargs)
        if result_type != MULTI or getattr(self, "is_ordered", True):
            return result
        return _shuffled(result)

    patch.setattr(SQLCompiler, "get_order_by", remember_order)
    patch.setattr(SQLCompiler, "execute_sql", execute_shuffled)


def _shuffled(chunks: Any) -> Iterator[list[Any]]:
    rows = [row for chunk in chunks for row in chunk]
    random.shuffle(rows)
    return iter([rows] if rows else [])
