"""A row of links of which one is the page that is open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """A choice among a few, each a link."""

    label: str
    query: str
    is_current: bool
