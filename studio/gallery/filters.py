"""What the gallery is narrowed down to: read from an address, and written into one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from studio.gallery.typed import Term, Token, read_typed, tidy
from studio.generation.models import Shape
from studio.kit.parameters import read_day, read_id

# A longer list is not something that a person chose.
MOST_CHOICES = 30


class When(StrEnum):
    """Days that move on: what was made in the last week is another set tomorrow."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"

    @property
    def label(self) -> str:
        return WHEN_LABELS[self]

    @property
    def days(self) -> int:
        return WHEN_DAYS[self]


WHEN_LABELS = {When.TODAY: "Today", When.WEEK: "Last 7 days", When.MONTH: "Last 30 days"}
WHEN_DAYS = {When.TODAY: 1, When.WEEK: 7, When.MONTH: 30}


class Address(Protocol):
    """The part of Django's QueryDict that is needed here."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Filters:
    """All filters of the gallery; several choices of one kind mean any of them.

    `text` is what was typed; `models` and `authors` are ids; `since` and `until` are days, both included, and
    `when` stands instead of them. What makes no sense in an address is left out.
    """

    text: str = ""
    models: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()
    shapes: tuple[str, ...] = ()
    is_starred: bool = False
    when: When | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, address: Address) -> "Filters":
        """Read the filters from the query of an address."""
        when = next((When(value) for value in address.getlist("when") if value in list(When)), None)
        since, until = _first_day(address.getlist("from")), _first_day(address.getlist("to"))
        if since and until and since > until:
            since, until = until, since
        return cls(
            text=tidy(" ".join(address.getlist("q"))),
            models=_ids(address.getlist("model")),
            authors=_ids(address.getlist("by")),
            shapes=tuple(shape for shape in Shape.values if shape in address.getlist("shape")),
            is_starred="1" in address.getlist("starred"),
            when=when if not (since or until) else None,
            since=since,
            until=until,
        )

    def as_query(self) -> str:
        """Return the canonical query of an address with these filters, empty for none."""
        pairs: list[tuple[str, object]] = [("q", self.text)] if self.text else []
        pairs += [("model", model_id) for model_id in self.models]
        pairs += [("by", person_id) for person_id in self.authors]
        pairs += [("shape", shape) for shape in self.shapes]
        pairs += [("starred", 1)] if self.is_starred else []
        pairs += [("when", self.when)] if self.when else []
        pairs += [("from", self.since)] if self.since else []
        pairs += [("to", self.until)] if self.until else []
        return urlencode(pairs)

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    @property
    def terms(self) -> tuple[Term, ...]:
        """The words to search for."""
        return read_typed(self.text).terms

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The filters that were typed as words and not yet understood."""
        return read_typed(self.text).tokens

    @property
    def facet_count(self) -> int:
        """How many kinds of filters are set besides the words."""
        return sum(map(bool, (self.models, self.authors, self.shapes, self.is_starred, self.has_days)))

    @property
    def has_days(self) -> bool:
        return bool(self.when or self.since or self.until)

    def days(self, today: date) -> tuple[date | None, date | None]:
        """Return the first and the last day that are shown; None where it is open."""
        if self.when:
            return today - timedelta(days=self.when.days - 1), None
        return self.since, self.until

    def without_facets(self) -> "Filters":
        """Return what is left when all but the typed words is cleared."""
        return Filters(text=self.text)

    def with_choices(self, **choices: Iterable[int] | Iterable[str]) -> "Filters":
        """Return these filters with further models, authors or shapes."""
        added = {name: tuple(sorted({*getattr(self, name), *new})) for name, new in choices.items()}
        return replace(self, **added)  # type: ignore[arg-type]


def _ids(values: list[str]) -> tuple[int, ...]:
    return tuple(sorted({found for value in values if (found := read_id(value))}))[:MOST_CHOICES]


def _first_day(values: list[str]) -> date | None:
    return next((day for value in values if (day := read_day(value))), None)
