"""Pictures: what is ordered. The painting itself is in `easel`, which imports Pillow."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Order:
    """One picture; equal orders give equal bytes.

    `reference` is a small encoded image to paint over; `mask`, white on black, marks where.
    """

    prompt: str
    seed: int
    width: int
    height: int
    format: str
    reference: bytes = field(default=b"", repr=False)
    mask: bytes = field(default=b"", repr=False)
