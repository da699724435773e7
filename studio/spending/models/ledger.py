"""Money: one hold per send, and the append-only ledger of what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from studio.catalog.models import ImageModel
from studio.projects.models import Project


class HoldState(models.TextChoices):
    OPEN = "open", "Held"
    KEPT = "kept", "Kept until decided"
    SETTLED = "settled", "Settled"
    RELEASED = "released", "Released"


class EntryKind(models.TextChoices):
    HELD = "held", "Held"
    KEPT = "kept", "Kept until decided"
    SETTLED = "settled", "Settled"
    RELEASED = "released", "Released"


CLOSING = (EntryKind.SETTLED, EntryKind.RELEASED)


class Hold(models.Model):
    """What one send of a generation may cost, reserved before it goes out.

    `cost_micros` is in millionths of a dollar, null while the model has no price; each of the `images` costs
    the same part of it, whatever the price is by the time it is settled. `day` is the team's calendar day on
    which it was written; it is closed in that day and month too. `model` is null in holds of before prices.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=HoldState, default=HoldState.OPEN)
    images = models.PositiveIntegerField()
    cost_micros = models.BigIntegerField(null=True)
    day = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["project", "user", "day"]),
            # The list of what stands behind a figure of usage.
            models.Index(fields=["-created_at", "-id"], name="hold_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=HoldState.values), name="hold_state_known"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}: {self.images} images, {self.state}"

    def cost_of(self, images: int) -> int | None:
        """Return what so many images cost at the price of this hold, in micro-dollars; None without a price."""
        if self.cost_micros is None or not self.images:
            return self.cost_micros
        return self.cost_micros // self.images * images


class LedgerEntry(models.Model):
    """One line of the ledger. Never changed or deleted; a hold is closed (settled or released) exactly once."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=EntryKind)
    images = models.IntegerField()
    cost_micros = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hold"], condition=models.Q(kind__in=CLOSING), name="hold_closed_once"
            ),
            models.UniqueConstraint(
                fields=["hold", "kind"], condition=models.Q(kind="held"), name="hold_opened_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="ledger_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.images} (hold {self.hold_id})"
