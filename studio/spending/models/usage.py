"""Figures of usage, hour by hour: what the usage page adds up instead of every generation."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from studio.catalog.models import ImageModel
from studio.keys.models import ApiKey
from studio.projects.models import Project


class UsageHour(models.Model):
    """What one person made in one project with one model and key, of the holds written in one hour.

    `starts_at` is the hour in UTC; `day` is the team's, so that days and months add up as the limits count
    them. Each generation is counted once for each hold that was closed. `unpriced_images` had no price.
    """

    starts_at = models.DateTimeField()
    day = models.DateField()
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="+")
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    spent_micros = models.BigIntegerField(default=0)
    unpriced_images = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["day", "project", "user"], name="usage_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("starts_at"),
                F("day"),
                F("project"),
                F("user"),
                Coalesce(F("model"), 0),
                Coalesce(F("key"), 0),
                name="usage_hour_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H} h: {self.images} images"


class TallyKind(models.TextChoices):
    SECONDS = "seconds", "Time to the images"
    FAILURE = "failure", "Reason of a failure"


class UsageTally(models.Model):
    """How often something happened within a usage hour: a time took so long, or a failure had this reason.

    `name` is the time's bucket (`studio.spending.latency`), or the failure's code.
    """

    hour = models.ForeignKey(UsageHour, on_delete=models.CASCADE, related_name="tallies")
    kind = models.CharField(max_length=8, choices=TallyKind)
    name = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "kind", "name"], name="usage_tally_once"),
            models.CheckConstraint(condition=Q(kind__in=TallyKind.values), name="usage_tally_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.count}"
