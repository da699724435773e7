"""Setting prices: each change is a new row from a day on, and is written into the audit log."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from studio.audit.actions import record
from studio.catalog.models import ImageModel
from studio.kit import clock
from studio.kit.clock import team_today
from studio.kit.errors import Conflict, Invalid
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.spending.models import Price
from studio.spending.prices import Rate
from studio.spending.queries import rates_on

MAX_RATES = 200


def set_price(
    *, model: ImageModel, rates: Sequence[Rate], valid_from: date, note: str = "", by: User | None
) -> Price:
    """Set a model's prices from a day on, today or later; no rates make the price unknown. Raises Invalid."""
    if valid_from < team_today():
        raise Invalid("A price can begin today or later: what was made before keeps the price of its day.")
    if len(rates) > MAX_RATES:
        raise Invalid(f"At most {MAX_RATES} prices for one model.")
    with transaction.atomic():
        before = rates_on(model.pk, valid_from)
        price = Price.objects.create(
            model=model,
            valid_from=valid_from,
            rates=[rate.to_json() for rate in rates],
            note=note.strip()[:200],
            created_by=by,
        )
        details: JsonObject = {
            "price": price.pk,
            "valid_from": valid_from.isoformat(),
            "before": [rate.image_micros for rate in before],
            "after": [rate.image_micros for rate in rates],
        }
        record(verb="price.set", subject=model, by=by, details=details)
    return price


def withdraw_price(*, price: Price, by: User) -> None:
    """Take back a change that has not come into force. Raises Conflict when it has, or is withdrawn already."""
    planned = Price.objects.filter(pk=price.pk, valid_from__gt=team_today(), withdrawn_at__isnull=True)
    with transaction.atomic():
        if planned.update(withdrawn_at=clock.now()) != 1:
            raise Conflict("This price is in force already, or was withdrawn. Set another one instead.")
        record(verb="price.withdrawn", subject=price.model, by=by, details={"price": price.pk})
