"""All limits on a person's press in a project, read as a part of another query: the studio page asks few.

`limits_along` is one column of that query, JSON with a row for each quota, and `limits_read` makes limits of it.
"""

import json
from datetime import date
from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from studio.kit import clock
from studio.people.models import User
from studio.spending.limits import Limit, Unit, widest_first
from studio.spending.models import Counter, Grant, Quota
from studio.spending.periods import Period, reset_of, start_of
from studio.spending.scopes import Scope

Row = TypeVar("Row", Counter, Grant)
_COUNTED = ("held_images", "held_micros", "spent_images", "spent_micros")
_GRANTED = ("images", "micros")
_COLUMNS = (
    "quota_id",
    "scope_project",
    "scope_user",
    "limit_period",
    "most_images",
    "most_micros",
    *(f"count_{name}" for name in _COUNTED),
    *(f"granted_{name}" for name in _GRANTED),
)


class JsonRows(Subquery):
    """The rows of a query as one JSON text: a list of lists, in the order of `_COLUMNS`."""

    output_field = models.TextField()
    template = "(SELECT json_group_array(json_array(%(columns)s)) FROM (%(subquery)s) rows)"
    postgres_template = "(SELECT json_agg(json_build_array(%(columns)s))::text FROM (%(subquery)s) rows)"

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        super().__init__(rows.values(*_COLUMNS), columns=", ".join(_COLUMNS))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template=self.postgres_template, **extra)


def limits_along(user: User, project: str = "pk") -> JsonRows:
    """Return all limits on what a person makes in the project of the outer query, today."""
    here = Q(project__isnull=True) | Q(project=OuterRef(project))
    mine = Q(user__isnull=True) | Q(user=user)
    quotas = Quota.objects.filter(here, mine, Q(max_images__isnull=False) | Q(max_micros__isnull=False))
    counters = _of_scope(Counter.objects.all()).filter(starts_on=_starts_on(timezone.localdate()))
    grants = _of_scope(Grant.objects.filter(ends_at__gt=clock.now(), revoked_at__isnull=True))
    columns = {
        "quota_id": F("pk"),
        "scope_project": F("project"),
        "scope_user": F("user"),
        "limit_period": F("period"),
        "most_images": F("max_images"),
        "most_micros": F("max_micros"),
        **{f"count_{name}": _number(counters.values(name)) for name in _COUNTED},
        **{f"granted_{name}": _number(_sum(grants, name)) for name in _GRANTED},
    }
    return JsonRows(quotas.order_by(*widest_first()).annotate(**columns))


def _of_scope(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Keep the rows that are of the same scope and period as the quota; a null is compared as 0."""
    same = {
        "of_project": Coalesce(OuterRef("project"), 0),
        "of_user": Coalesce(OuterRef("user"), 0),
        "period": OuterRef("period"),
    }
    scoped = rows.annotate(of_project=Coalesce(F("project"), 0), of_user=Coalesce(F("user"), 0))
    return scoped.filter(**same)


def _starts_on(day: date) -> Case:
    whens = [When(Q(period=period), then=Value(start_of(period, day))) for period in Period]
    return Case(*whens, output_field=models.DateField())


def _sum(rows: QuerySet[Grant], name: str) -> QuerySet[Any, Any]:
    return rows.order_by().values("period").annotate(sum=Sum(name)).values("sum")


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows[:1], output_field=BigIntegerField()), 0)


def limits_read(text: str | None) -> list[Limit]:
    """Read what `limits_along` gave, the widest first."""
    today = timezone.localdate()
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
