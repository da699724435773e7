"""What of a press has failed, counted on its head, and how much of that can be tried again at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.generation.models import Batch, Generation, Status
from studio.generation.policies import retryable_together
from studio.generation.pricing import price_of_call
from studio.kit.money import dollars
from studio.spending.limits import OverLimit, Unit
from studio.spending.models import HoldState


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered where a limit has no room for all: so many (maybe none), up to the one with this id."""

    sentence: str
    fits: int = 0
    up_to: str = ""


@dataclass(frozen=True, slots=True)
class Failures:
    """`failed` of the `total` generations of a batch; `retryable` of them go out in one press.

    `key` is the batch's id.
    """

    key: str
    failed: int
    total: int
    charge: str
    retryable: int
    retried: int
    offer: Offer | None = None

    @property
    def words(self) -> str:
        """Say it in a line: "2 of 4 failed. You were not charged for them." Empty where nothing failed."""
        if not self.failed:
            return ""
        retried = f" {self.retried} tried again." if self.retried else ""
        count = "It failed." if self.total == 1 else f"{self.failed} of {self.total} failed."
        return f"{count} {self.charge}{retried}"


def failures_of(batch_id: int, generations: Iterable[Generation], *, may_act: bool) -> Failures:
    """Count the failed ones of a batch, as `queries` reads them: with hold, settlement and retry."""
    listed = list(generations)
    failed = [one for one in listed if one.status == Status.FAILED]
    left = [one for one in retryable_together(failed) if vars(one)["retry_id"] is None]
    return Failures(
        key=str(batch_id),
        failed=len(failed),
        total=len(listed),
        charge=_charge(failed),
        retryable=len(left) if may_act else 0,
        retried=sum(vars(one)["retry_id"] is not None for one in failed),
    )


def offer_of(batch: Batch, refusal: OverLimit) -> Offer:
    """Return how many of those that failed of a batch fit into the limits that refused all of them."""
    waiting = batch.generations.filter(retried_as__isnull=True).order_by("id")
    left = retryable_together(waiting)
    price = price_of_call(batch.model, batch.input)
    each = {Unit.IMAGES: price.images, Unit.MONEY: price.cost_micros or 0}
    room = min(max(0, limit.left) // max(1, each[limit.unit]) for limit in refusal.limits)
    fitting = left[:room]
    if not fitting:
        return Offer(f"{refusal.sentence} Nothing was sent.")
    count = "1 of them fits" if len(fitting) == 1 else f"{len(fitting)} of them fit"
    sentence = f"{refusal.sentence} Nothing was sent; {count}."
    return Offer(sentence, len(fitting), str(fitting[-1].pk))


def _charge(failed: list[Generation]) -> str:
    """Say whether those that failed cost something."""
    charged = [one for one in failed if one.hold.state == HoldState.SETTLED]
    is_one = len(failed) == 1
    if not charged:
        return f"You were not charged for {'it' if is_one else 'them'}."
    micros = sum(vars(one)["settled_micros"] or 0 for one in charged)
    cost = f", {dollars(micros)}" if micros else ""
    if len(charged) == len(failed):
        return f"{'It counts' if is_one else 'They count'} as charged{cost}."
    return f"{len(charged)} of them count{'s' if len(charged) == 1 else ''} as charged{cost}."
