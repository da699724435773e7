"""What an input costs: one pure function of the rates in force and the validated input. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from studio.kit.money import dollars
from studio.kit.wire import JsonValue

LEFT_OUT = ""
"""The value, in a rate's condition, of a parameter that the input has not and that has no default."""


class StoredRate(TypedDict):
    """A rate as the database keeps it."""

    image_micros: int | None
    when: dict[str, str]
    references_from: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of one image (in micro-dollars) where the input has all of `when`; None where it is not known.

    `when` maps a parameter to its value, as text ("resolution": "2K"); an object is written by its parts, a
    size so as "1024x768". `references_from` is the number of reference images from which it applies: a None
    ends there what fewer references cost.
    """

    image_micros: int | None
    when: Mapping[str, str] = field(default_factory=dict)
    references_from: int = 0

    def applies_to(self, facts: Mapping[str, str], references: int) -> bool:
        return references >= self.references_from and all(
            facts.get(name, LEFT_OUT) == value for name, value in self.when.items()
        )

    def to_json(self) -> StoredRate:
        return {
            "image_micros": self.image_micros,
            "when": dict(self.when),
            "references_from": self.references_from,
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a press of the button costs: so many images at the price of one, which is None while it is unknown."""

    images: int
    image_micros: int | None

    @property
    def cost_micros(self) -> int | None:
        return None if self.image_micros is None else self.images * self.image_micros

    @property
    def arithmetic(self) -> str:
        """Say how it comes about, such as "4 × $0.101"; empty while the price is unknown."""
        return "" if self.image_micros is None else f"{self.images} × {dollars(self.image_micros)}"


def estimate(
    rates: Sequence[Rate], facts: Mapping[str, JsonValue], *, images: int, references: int = 0
) -> Estimate:
    """Price a press that asks for so many images.

    `facts` are the validated input with the defaults of what it leaves out. Of the rates that apply, the one
    with the most conditions counts, then the one for the most references; of equals the first. It may say that the
    price is not known.
    """
    words = {name: as_text(value) for name, value in facts.items()}
    applying = [rate for rate in rates if rate.applies_to(words, references)]
    if not applying:
        return Estimate(images, None)
    best = max(applying, key=lambda rate: (len(rate.when), rate.references_from))
    return Estimate(images, best.image_micros)


def as_text(value: JsonValue) -> str:
    """Write a parameter's value as a rate's condition names it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if {"width", "height"} <= value.keys():
            return f"{value['width']}x{value['height']}"
        return ", ".join(f"{name} {as_text(part)}" for name, part in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(as_text(part) for part in value)
    return LEFT_OUT if value is None else str(value)


def read_rates(stored: Iterable[StoredRate]) -> tuple[Rate, ...]:
    """Read rates as they are stored (`Rate.to_json`)."""
    return tuple(Rate(one["image_micros"], one["when"], one["references_from"]) for one in stored)


def cheapest_and_dearest(rates: Sequence[Rate]) -> tuple[int, int] | None:
    """Return the span of a model's known prices per image, None while it has none."""
    micros = [rate.image_micros for rate in rates if rate.image_micros is not None]
    return (min(micros), max(micros)) if micros else None
