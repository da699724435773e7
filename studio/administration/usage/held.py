"""What is held now of what a usage page looks at, whenever it was sent."""

from django.db.models import Q, Sum

from studio.generation.models import PENDING, Generation, Status
from studio.kit.money import rounded_dollars
from studio.spending.usage import Wanted, held_now, of_models

# Whose hold is open or kept: few, and found by an index on the status.
_UNDECIDED = (*PENDING, Status.UNKNOWN)


def held_words(wanted: Wanted) -> str:
    """Write what is held, in money if any has a price; empty if nothing is."""
    images, micros = held_now(wanted) or _add_up(wanted)
    if micros:
        return f"{rounded_dollars(micros)} held"
    return f"{images:,} image{'s' * (images != 1)} held" if images else ""


def _add_up(wanted: Wanted) -> tuple[int, int]:
    """Add up the holds themselves, where no counter is about a model, provider or key."""
    chosen = {
        "hold__project": wanted.project_id,
        "hold__user": wanted.user_id,
        "hold__model__provider": wanted.provider_id,
        "key": wanted.key_id,
    }
    undecided = Generation.objects.filter(
        of_models(wanted.model_ids, "hold__model") if wanted.model_ids else Q(),
        status__in=_UNDECIDED,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    sums = undecided.aggregate(
        images=Sum("hold__images", default=0), micros=Sum("hold__cost_micros", default=0)
    )
    return sums["images"], sums["micros"]
