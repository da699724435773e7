"""What a press of the button would cost: the price in force for what the form says."""

from collections.abc import Sequence

from django.core.cache import caches

from studio.catalog.forms import InputForm
from studio.catalog.models import ImageModel
from studio.catalog.queries import images_asked, in_full, references_in
from studio.kit.clock import team_today
from studio.kit.wire import JsonObject
from studio.spending.prices import Estimate, Rate, estimate
from studio.spending.queries import rates_on

RATES_KEPT_S = 5


def price_of_form(composed: InputForm, model: ImageModel, rates: Sequence[Rate], *, images: int) -> Estimate:
    """Price a press of the form as it stands, complete or not."""
    return _price(model, composed.facts(), rates, images=images)


def pricing_controls(composed: InputForm, rates: Sequence[Rate]) -> list[str]:
    """Return the names of the controls on which the price depends, besides how many images there will be."""
    names = {name for rate in rates for name in rate.when}
    references = composed.spec.with_role("references")
    if references and any(rate.references_from for rate in rates):
        names.add(references.name)
    return [composed.add_prefix(field.name) for field in composed.spec.shown if field.name in names]


def rates_lately(model: ImageModel) -> tuple[Rate, ...]:
    """Return today's rates as they were some seconds ago at most, for an estimate: a hold is priced by `rates_on`."""
    today, kept = team_today(), caches["process"]
    key = f"rates-{model.pk}-{today}"
    rates: tuple[Rate, ...] | None = kept.get(key)
    if rates is None:
        rates = rates_on(model.pk, today)
        kept.set(key, rates, RATES_KEPT_S)
    return rates


def price_of_call(model: ImageModel, given: JsonObject) -> Estimate:
    """Price one provider call with this validated input, by today's rates."""
    rates = rates_on(model.pk, team_today())
    return _price(model, given, rates, images=images_asked(model, given))


def _price(model: ImageModel, given: JsonObject, rates: Sequence[Rate], *, images: int) -> Estimate:
    references = references_in(model, given)
    return estimate(rates, in_full(model, given), images=images, references=references)
