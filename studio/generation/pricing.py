"""What a press of the button would cost: the price in force for what the form says."""

from collections.abc import Sequence

from django.utils import timezone

from studio.catalog.models import ImageModel
from studio.catalog.queries import images_asked, in_full, references_in
from studio.kit.wire import JsonObject
from studio.spending.prices import Estimate, Rate, estimate
from studio.spending.queries import rates_on


def price_of_call(model: ImageModel, given: JsonObject, rates: Sequence[Rate] | None = None) -> Estimate:
    """Price one provider call with this validated input, by today's rates where none are given."""
    if rates is None:
        rates = rates_on(model.pk, timezone.localdate())
    return estimate(
        rates,
        in_full(model, given),
        images=images_asked(model, given),
        references=references_in(model, given),
    )
