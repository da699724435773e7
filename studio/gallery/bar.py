"""What the bar over the gallery shows: which filters are set, in words, and where to go without them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import date_format

from studio.gallery.figures import Figures, Named
from studio.gallery.filters import Filters
from studio.generation.models import Shape


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose in a facet."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind of filter with its options; `shown` is what is set, in a word or two, empty for nothing."""

    name: str
    label: str
    options: list[Option]
    shown: str

    @property
    def chosen(self) -> list[str]:
        return [option.label for option in self.options if option.is_chosen]


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar's content; queries are parts of addresses, without the question mark."""

    filters: Filters
    facets: list[Facet]
    days_shown: str
    query: str
    query_without_facets: str
    query_with_star_turned: str
    words: str


def draw_bar(filters: Filters, figures: Figures, *, reader_id: int) -> Bar:
    """Put the bar together from what is set and from what there is."""
    absent = {reader_id: "You"}
    facets = [
        _facet("model", "Model", _options(figures.models, filters.models, "One without images", {})),
        _facet("by", "Creator", _options(figures.people, filters.authors, "Somebody without images", absent)),
        _facet("shape", "Shape", [Option(s.value, s.label, s.value in filters.shapes) for s in Shape]),
    ]
    days = days_in_words(filters)
    return Bar(
        filters=filters,
        facets=facets,
        days_shown=days,
        query=filters.as_query(),
        query_without_facets=filters.without_facets().as_query(),
        query_with_star_turned=replace(filters, is_starred=not filters.is_starred).as_query(),
        words=_in_words(filters, facets, days),
    )


def days_in_words(filters: Filters) -> str:
    """Return the days that are shown: Last 7 days, from 1 Nov, 1 to 20 Nov 2026."""
    if filters.when:
        return filters.when.label
    if filters.since and filters.since == filters.until:
        return _day(filters.since)
    since = f"from {_day(filters.since)}" if filters.since else ""
    until = f"until {_day(filters.until)}" if filters.until else ""
    return f"{since} {until}".strip()


def _options(
    named: Iterable[Named], chosen: Sequence[int], other: str, absent: Mapping[int, str]
) -> list[Option]:
    """List what there is; what is chosen but has no images stays there to be unchosen, named only if it is `absent`."""
    listed = [Option(str(one.id), one.name, one.id in chosen) for one in named]
    known = {option.value for option in listed}
    return listed + [
        Option(str(pk), absent.get(pk, other), is_chosen=True) for pk in chosen if str(pk) not in known
    ]


def _facet(name: str, label: str, options: list[Option]) -> Facet:
    chosen = [option.label for option in options if option.is_chosen]
    shown = ", ".join(chosen) if len(", ".join(chosen)) < 24 else f"{chosen[0]} +{len(chosen) - 1}"
    return Facet(name, label, options, shown.removesuffix(" +0"))


def _in_words(filters: Filters, facets: Sequence[Facet], days: str) -> str:
    """Say what was looked for, for the page on which nothing was found."""
    parts = [
        f"“{filters.text}”" if filters.text else "",
        *(f"{facet.label.lower()} {' or '.join(facet.chosen)}" for facet in facets if facet.chosen),
        "starred by you" if filters.is_starred else "",
        days[:1].lower() + days[1:],
    ]
    return ", ".join(part for part in parts if part)


def _day(day: date) -> str:
    return date_format(day, "j M Y")
