"""What a press has cost: what is settled, and what is held while its end is open."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.generation.models import Generation
from studio.kit.money import dollars
from studio.spending.models import HoldState


@dataclass(frozen=True, slots=True)
class Cost:
    """Micro-dollars of the generations of one batch; `key` is the batch's id, `is_priced` false without any price."""

    key: str
    settled_micros: int
    held_micros: int
    is_priced: bool

    @property
    def words(self) -> str:
        """Say it in a few words: $0.202; $0.202 held; $0.101, $0.101 held. Empty without a price."""
        if not self.is_priced:
            return ""
        held = f"{dollars(self.held_micros)} held" if self.held_micros else ""
        settled = dollars(self.settled_micros) if self.settled_micros or not held else ""
        return ", ".join(filter(None, (settled, held)))


def cost_of(batch_id: int, generations: Iterable[Generation]) -> Cost:
    """Add up what the generations of a batch have cost, as `queries` reads them: with hold and settlement."""
    listed = list(generations)
    held = [one.hold for one in listed if one.hold.state in (HoldState.OPEN, HoldState.KEPT)]
    return Cost(
        key=str(batch_id),
        settled_micros=sum(vars(one)["settled_micros"] or 0 for one in listed),
        held_micros=sum(hold.cost_micros or 0 for hold in held),
        is_priced=any(one.hold.cost_micros is not None for one in listed),
    )
