"""The models that can be priced, with what they cost today, and the prices of one over time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from studio.catalog.models import ImageModel
from studio.catalog.queries import models_offered
from studio.kit.money import dollars
from studio.spending.models import Price
from studio.spending.prices import Rate, cheapest_and_dearest, read_rates
from studio.spending.queries import prices_in_force


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as the row of models shows it."""

    model: ImageModel
    span: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: since when, and whether it is in force, planned, or over."""

    price: Price
    words: str
    state: str


def offers() -> list[Offer]:
    """Return the models that can be priced, with what their images cost today."""
    models = models_offered()
    today: dict[int, Price] = {}
    for price in prices_in_force(timezone.localdate()).filter(model__in=models):
        today.setdefault(price.model_id, price)
    return [
        Offer(model, span_of(read_rates(today[model.pk].rates) if model.pk in today else ()))
        for model in models
    ]


def span_of(rates: Sequence[Rate]) -> str:
    """Write what an image costs: "$0.10", "$0.04 to $0.33", or that nobody has said so."""
    span = cheapest_and_dearest(rates)
    if span is None:
        return "No price"
    low, high = span
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"


def history_of(model: ImageModel) -> list[Change]:
    """Return a model's prices, the newest first, with what each meant."""
    today = timezone.localdate()
    changes, is_found = [], False
    for price in model.prices.filter(withdrawn_at__isnull=True).select_related("created_by")[:50]:
        if price.valid_from > today:
            state = "planned"
        else:
            state = "over" if is_found else "now"
            is_found = True
        changes.append(Change(price, span_of(read_rates(price.rates)), state))
    return changes
