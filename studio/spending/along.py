"""What a person has used in a project, and all limits on the next press there, read as parts of another query.

The studio page asks few: each is one column of the query that finds the project, JSON that `usage_read` and
`limits_read` make something of. They are written in SQL: building them from querysets took half of the page's time.
"""

import json
from datetime import date
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler

from studio.kit import clock
from studio.kit.clock import team_today
from studio.people.models import User
from studio.spending.limits import Limit, Unit
from studio.spending.models import Counter, Grant, Quota
from studio.spending.periods import Period, reset_of, start_of
from studio.spending.queries import Usage
from studio.spending.scopes import Scope

_COLUMNS = (
    "quota_id",
    "scope_project",
    "scope_user",
    "limit_period",
    "most_images",
    "most_micros",
    "count_held_images",
    "count_held_micros",
    "count_spent_images",
    "count_spent_micros",
    "granted_images",
    "granted_micros",
)
_JSON = {
    "sqlite": "(SELECT json_group_array(json_array({columns})) FROM ({rows}) AS limits)",
    "postgresql": "(SELECT json_agg(json_build_array({columns}))::text FROM ({rows}) AS limits)",
}
_USED = """
    (SELECT {to_json} FROM {counters}
    WHERE project_id = {{project}} AND user_id = %s AND period = %s AND starts_on = %s)
"""
_USAGE = {
    vendor: _USED.format(to_json=to_json, counters=Counter._meta.db_table)
    for vendor, to_json in (
        ("sqlite", "json_array(held_images, spent_images)"),
        ("postgresql", "json_build_array(held_images, spent_images)::text"),
    )
}
# Nulls are compared as 0, as the unique constraints do, whose indexes find the rows.
_SAME_SCOPE = """
    COALESCE({of}.project_id, 0) = COALESCE(q.project_id, 0)
    AND COALESCE({of}.user_id, 0) = COALESCE(q.user_id, 0) AND {of}.period = q.period
"""
_ROWS = f"""
    SELECT q.id AS quota_id, q.project_id AS scope_project, q.user_id AS scope_user, q.period AS limit_period,
        q.max_images AS most_images, q.max_micros AS most_micros,
        COALESCE(c.held_images, 0) AS count_held_images, COALESCE(c.held_micros, 0) AS count_held_micros,
        COALESCE(c.spent_images, 0) AS count_spent_images, COALESCE(c.spent_micros, 0) AS count_spent_micros,
        COALESCE(SUM(g.images), 0) AS granted_images, COALESCE(SUM(g.micros), 0) AS granted_micros
    FROM {Quota._meta.db_table} q
    LEFT JOIN {Counter._meta.db_table} c ON {_SAME_SCOPE.format(of="c")}
        AND c.starts_on = CASE q.period WHEN 'day' THEN %s WHEN 'month' THEN %s ELSE %s END
    LEFT JOIN {Grant._meta.db_table} g ON {_SAME_SCOPE.format(of="g")}
        AND g.revoked_at IS NULL AND g.ends_at > %s
    WHERE (q.project_id IS NULL OR q.project_id = {{project}}) AND (q.user_id IS NULL OR q.user_id = %s)
        AND (q.max_images IS NOT NULL OR q.max_micros IS NOT NULL)
    GROUP BY q.id, c.id
    ORDER BY q.project_id NULLS FIRST, q.user_id NULLS FIRST, q.id
"""  # noqa: S608  names of our own tables; values are parameters


class _Along(Func):
    """JSON text about a person in the project of the outer query."""

    output_field = models.TextField()

    def __init__(self, user: User, project: str = "pk") -> None:
        super().__init__(F(project))
        self._user_id = user.pk


class UsageAlong(_Along):
    """The images that a person holds and has spent in the project this month; null where there are none."""

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        project, project_params = compiler.compile(self.source_expressions[0])
        month = connection.ops.adapt_datefield_value(start_of(Period.MONTH, team_today()))
        params = (*project_params, self._user_id, Period.MONTH.value, month)
        return _USAGE[connection.vendor].format(project=project), params


class LimitsAlong(_Along):
    """All limits, today, on what a person makes in the project: the widest first."""

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        project, project_params = compiler.compile(self.source_expressions[0])
        today, ops = team_today(), connection.ops
        starts = [ops.adapt_datefield_value(start_of(period, today)) for period in Period]
        params = (*starts, ops.adapt_datetimefield_value(clock.now()), *project_params, self._user_id)
        rows = _ROWS.format(project=project)
        return _JSON[connection.vendor].format(columns=", ".join(_COLUMNS), rows=rows), params


def usage_read(text: str | None) -> Usage:
    """Read what `UsageAlong` gave."""
    return Usage(*json.loads(text)) if text else Usage(0, 0)


def limits_read(text: str | None) -> list[Limit]:
    """Read what `LimitsAlong` gave, the widest first."""
    today = team_today()
    return [
        limit
        for row in json.loads(text or "[]")
        for limit in _limits(dict(zip(_COLUMNS, row, strict=True)), today)
    ]


def _limits(row: dict[str, Any], today: date) -> list[Limit]:
    scope, period = Scope(row["scope_project"], row["scope_user"]), Period(row["limit_period"])
    return [
        Limit(
            row["quota_id"],
            scope,
            period,
            unit,
            quota=row[f"most_{name}"],
            granted=row[f"granted_{name}"],
            held=row[f"count_held_{name}"],
            spent=row[f"count_spent_{name}"],
            resets_on=reset_of(period, today),
        )
        for unit, name in ((Unit.IMAGES, "images"), (Unit.MONEY, "micros"))
        if row[f"most_{name}"] is not None
    ]
