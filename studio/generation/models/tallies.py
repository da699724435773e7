"""What the engine counts for those who watch over it: sums that only grow, written seldom."""

from typing import ClassVar

from django.db import models


class EngineTally(models.Model):
    """One sum since the installation began. `labels` are the values that tell it apart, joined by a newline."""

    name = models.CharField(max_length=40)
    labels = models.CharField(max_length=120, blank=True)
    value = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar = ["name", "labels"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "labels"], name="engine_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}: {self.value:g}"
