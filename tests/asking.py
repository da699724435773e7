"""Requests for more, for tests: made by the contributor's press at a limit, through the usual door."""

from datetime import date
from uuid import uuid4

from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.asking import Wish, ask_for_more
from studio.generation.models import LimitRequest
from studio.spending.limits import Unit
from studio.spending.models import Quota
from studio.spending.periods import Period
from tests.cast import Cast


def make_request(cast: Cast, *, until: date | None = None, reason: str = "") -> LimitRequest:
    """Ask for ten images more than a monthly limit of none."""
    install_catalog()
    quota = Quota.objects.create(user=cast.contributor, period=Period.MONTH, max_images=0)
    return ask_for_more(
        project=cast.project,
        by=cast.contributor,
        model=find_model("nano-banana-2", "mountsea"),
        input={"prompt": "Layered mountain ridges at dusk"},
        calls=1,
        press=uuid4(),
        wish=Wish(quota.pk, Unit.IMAGES, 10, until or timezone.localdate(), reason),
    )
