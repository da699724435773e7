"""Limits and what is left of them: quotas, their counters, and grants.

Each of them concerns one scope, which `project` and `user` say together: neither for the whole team, one of
them for a project or a person, both for a person in a project.
"""

from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from studio.projects.models import Project
from studio.spending.periods import Period


def _scope() -> Iterator[Combinable]:
    """The scope as a unique constraint sees it: nulls, which differ from each other for a database, as 0."""
    yield Coalesce(F("project"), 0)
    yield Coalesce(F("user"), 0)


class Scoped(models.Model):
    """What concerns the team, a project, a person, or a person in a project."""

    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=8, choices=Period)

    class Meta:
        abstract = True


class QuotaQuerySet(models.QuerySet["Quota"]):
    def in_force(self) -> "QuotaQuerySet":
        """Keep what limits anything: a limit that was lifted leaves its row."""
        return self.exclude(max_images=None, max_micros=None)


class Quota(Scoped):
    """A limit in images, in micro-dollars, or both; null is no limit of its own. Its watchers hear when it gets short."""

    max_images = models.PositiveBigIntegerField(null=True)
    max_micros = models.PositiveBigIntegerField(null=True)
    watchers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    objects = QuotaQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(*_scope(), "period", name="quota_once"),
            models.CheckConstraint(condition=Q(period__in=Period.values), name="quota_period_known"),
        ]

    def __str__(self) -> str:
        return f"quota {self.period}: {self.max_images} images, {self.max_micros} micros"


class Counter(Scoped):
    """What is held and spent in one scope and period: the ledger's sums, kept so that a limit can be checked at once.

    Changed only by `studio.spending.counting`, with its row locked.
    """

    starts_on = models.DateField()
    held_images = models.BigIntegerField(default=0)
    held_micros = models.BigIntegerField(default=0)
    spent_images = models.BigIntegerField(default=0)
    spent_micros = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(*_scope(), "period", "starts_on", name="counter_once"),
            models.CheckConstraint(
                condition=Q(held_images__gte=0, held_micros__gte=0, spent_images__gte=0, spent_micros__gte=0),
                name="counter_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} from {self.starts_on}: {self.held_images} held, {self.spent_images} spent"


class Grant(Scoped):
    """More than the quota allows, until the end of a day; then it is over by itself."""

    images = models.PositiveBigIntegerField(default=0)
    micros = models.PositiveBigIntegerField(default=0)
    ends_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="grant_end")]

    def __str__(self) -> str:
        return f"grant {self.pk}: {self.images} images, {self.micros} micros"


class QuotaAlert(models.Model):
    """A share of a limit was reached in a period: told once to the quota's watchers."""

    quota = models.ForeignKey(Quota, on_delete=models.CASCADE, related_name="alerts")
    starts_on = models.DateField()
    unit = models.CharField(max_length=8)
    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["quota", "starts_on", "unit", "percent"], name="quota_alert_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of quota {self.quota_id}"
