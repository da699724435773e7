"""Faults that are ordered from outside: the next so many requests of a kind, or a share of them, drawn with a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.sandbox.catalogue import HUB, MODELSTREAM
from studio.sandbox.markers import MARKERS
from studio.sandbox.shapes import Json, JsonObject, Refusal, as_text
from studio.sandbox.spoiling import is_word

KINDS = ("submission", "poll", "file")
PROVIDERS = {"mountsea": HUB, "modelstream": MODELSTREAM}
_FIELDS = {"on", "fault", "provider", "next", "share", "seed"}
_MOST = 1_000_000


@dataclass(slots=True)
class FaultOrder:
    """What goes wrong with which requests. `left` is None where a `share` of all is meant; `given` counts."""

    kind: str
    fault: str
    provider: str
    left: int | None
    share: float
    dice: random.Random = field(repr=False)
    given: int = 0

    def falls_on(self, kind: str, provider: str) -> bool:
        """Say whether this request is one of those, and count it."""
        if kind != self.kind or self.provider not in ("", provider):
            return False
        is_hit = self.left > 0 if self.left is not None else self.dice.random() < self.share
        if is_hit:
            self.given += 1
            self.left = None if self.left is None else self.left - 1
        return is_hit

    def describe(self) -> JsonObject:
        amount: JsonObject = {"share": self.share} if self.left is None else {"left": self.left}
        return {
            "on": self.kind,
            "fault": self.fault,
            "provider": self.provider,
            **amount,
            "given": self.given,
        }


class FaultOrders:
    """All orders, the oldest first: at most one of them falls on a request."""

    def __init__(self) -> None:
        self._orders: list[FaultOrder] = []

    def add(self, given: JsonObject) -> FaultOrder:
        """Take an order in; raise `Refusal` 422 where it can't be understood."""
        order = read_order(given)
        self._orders.append(order)
        return order

    def clear(self) -> None:
        self._orders.clear()

    def draw(self, kind: str, provider: str) -> str:
        """Return the fault for this request, empty for none."""
        return next((order.fault for order in self._orders if order.falls_on(kind, provider)), "")

    def describe(self) -> list[Json]:
        return [order.describe() for order in self._orders]


def read_order(given: JsonObject) -> FaultOrder:
    """Read what `POST /sandbox/faults` was given; raise `Refusal` 422 where it is none."""
    if unknown := given.keys() - _FIELDS:
        raise _wrong(f"Unknown field: {', '.join(sorted(unknown))}")
    kind, fault = as_text(given.get("on")), as_text(given.get("fault"))
    if kind not in KINDS:
        raise _wrong(f"on: must be one of {', '.join(KINDS)}")
    if not _is_fault(kind, fault):
        raise _wrong("fault: must be a fault of docs/sandbox.md")
    provider = as_text(given.get("provider"))
    if provider and provider not in PROVIDERS:
        raise _wrong(f"provider: must be one of {', '.join(PROVIDERS)}")
    left, share = _amount(given)
    dice = random.Random(str(given.get("seed", 0)))
    return FaultOrder(kind, fault, PROVIDERS.get(provider, ""), left, share, dice)


def _amount(given: Mapping[str, Json]) -> tuple[int | None, float]:
    count, share = given.get("next"), given.get("share")
    if (count is None) == (share is None):
        raise _wrong("Say either next or share.")
    if type(count) is int and 1 <= count <= _MOST:
        return count, 0.0
    if type(share) in (int, float) and isinstance(share, int | float) and 0 < share <= 1:
        return None, float(share)
    raise _wrong(f"next: must be 1 to {_MOST}; share: must be above 0 and at most 1")


def _is_fault(kind: str, fault: str) -> bool:
    if kind != "submission":
        return is_word(fault)
    names = [word.partition("=")[0] for word in fault.split()]
    return bool(names) and all(name.isdecimal() or name in MARKERS for name in names)


def _wrong(sentence: str) -> Refusal:
    return Refusal(422, "invalid_order", sentence)
