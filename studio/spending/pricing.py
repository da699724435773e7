"""Setting prices: each change is a new row from a day on, and is written into the audit log."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max

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

MAX_RATES = 400


class Repriced(Conflict):
    """Somebody else has set or taken back a price of the model."""


def newest_price(model_id: int) -> int:
    """Return the id of the price that was set last, or 0, by which a change by somebody else is noticed."""
    standing = Price.objects.filter(model=model_id, withdrawn_at__isnull=True)
    return standing.aggregate(newest=Max("pk"))["newest"] or 0


def set_price(
    *,
    model: ImageModel,
    rates: Sequence[Rate],
    valid_from: date,
    note: str = "",
    by: User | None,
    seen: int | None = None,
) -> Price:
    """Set a model's prices from a day on, today or later; no rates make the price unknown.

    Raises Invalid, or Repriced where `seen` is no longer the newest price.
    """
    if valid_from < team_today():
        raise Invalid("A price can begin today or later: what was made before keeps the price of its day.")
    if len(rates) > MAX_RATES:
        raise Invalid(f"At most {MAX_RATES} prices for one model.")
    with transaction.atomic():
        if seen is not None:
            _check_seen(model.pk, seen)
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


def _check_seen(model_id: int, seen: int) -> None:
    """Have nobody else set a price of the model until the transaction ends, unless they have already."""
    ImageModel.objects.select_for_update(of=("self",)).get(pk=model_id)
    if newest_price(model_id) != seen:
        raise Repriced(
            "Nothing was changed yet: somebody else has set or cancelled a price meanwhile, as the list of changes "
            "shows. Press once more to set yours as well."
        )


def withdraw_price(*, price: Price, by: User) -> None:
    """Take back a change that has not come into force. Raises Conflict when it has, or is withdrawn already."""
    planned = Price.objects.filter(pk=price.pk, valid_from__gt=team_today(), withdrawn_at__isnull=True)
    with transaction.atomic():
        if planned.update(withdrawn_at=clock.now()) != 1:
            raise Conflict("This price is in force already, or was withdrawn. Set another one instead.")
        record(verb="price.withdrawn", subject=price.model, by=by, details={"price": price.pk})
