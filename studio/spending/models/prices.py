"""What the images of a model cost, from a day on."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from studio.catalog.models import ImageModel


class Price(models.Model):
    """A model's prices from `valid_from` on, until a later row's. Kept for good: a hold keeps the price it was made at.

    `rates` are those of `studio.spending.prices.Rate` as JSON; none means that the price is unknown. A planned
    change can be withdrawn before it comes into force.
    """

    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateField()
    rates = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-valid_from", "-id"]
        indexes: ClassVar = [models.Index(fields=["model", "-valid_from", "-id"], name="price_in_force")]

    def __str__(self) -> str:
        return f"price of model {self.model_id} from {self.valid_from}"
