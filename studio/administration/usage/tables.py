"""The table beside each plot: the same figures, and the same links."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its name, where it leads, and its figures."""

    name: str
    href: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`first` is the head of the names, `heads` those of the figures."""

    title: str
    first: str
    heads: Sequence[str]
    lines: Sequence[Line]
