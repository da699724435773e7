"""The table of a model's prices: how it is drawn, and how what was typed into it is read.

Each cell is a combination of the parameters' values. One parameter with few of them makes the columns, the last of
the others the rows, and what is left the groups of rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf

from studio.administration.prices.factors import REFERENCES, Choice, Factor
from studio.kit.money import dollars, read_dollars
from studio.spending.prices import Rate, estimate

MOST_COLUMNS = 5
# What the rows and the columns of a table are where it goes by less than two parameters.
_ALONE = (Factor("", "", (("", "Each image"),)), Factor("", "", (("", "Price"),)))

Place = tuple[int, ...]
"""Which value each factor of a table has in a cell, by its number among the factor's options."""


class WrongPrice(ValueError):
    """A cell that is no price: `cell` is its name."""

    def __init__(self, cell: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cell, self.sentence = cell, sentence


@dataclass(frozen=True, slots=True)
class Cell:
    """One price of the table: `name` is its control's, `value` what stands in it."""

    name: str
    label: str
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with what they have in common: titles of parameters, each with its value."""

    common: list[tuple[str, str]]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Table:
    """The prices of one model. `rows` and `columns` are the titles of what goes down and across, or nothing."""

    rows: str
    columns: str
    heads: list[str]
    groups: list[Group]


def table_of(
    choice: Choice,
    rates: Sequence[Rate],
    typed: Mapping[str, str] | None = None,
    wrong: WrongPrice | None = None,
) -> Table:
    """Return the table to fill: with what was typed, else with the rates in force."""
    axes = _axes(choice)
    across = _across(axes)
    *outer, down = (number for number in range(len(axes)) if number != across)
    known = [rate for rate in rates if rate.when.keys() <= set(choice.names)]

    def cell(place: Place) -> Cell:
        name = _name(place)
        value = _value(choice, _keys(axes, place), known) if typed is None else typed.get(name, "")
        error = wrong.sentence if wrong and wrong.cell == name else ""
        return Cell(name, _label(choice, place), value, error)

    def group(common: Place) -> Group:
        lines: dict[int, list[Cell]] = {}
        for row, column in _places((axes[down], axes[across])):
            place = dict(zip((*outer, down, across), (*common, row, column), strict=True))
            lines.setdefault(row, []).append(cell(tuple(place[number] for number in range(len(axes)))))
        shared = [
            (axes[number].title, axes[number].labels[option])
            for number, option in zip(outer, common, strict=True)
        ]
        return Group(shared, [Line(axes[down].labels[row], cells) for row, cells in lines.items()])

    groups = [group(common) for common in _places([axes[number] for number in outer])]
    return Table(axes[down].title, axes[across].title, axes[across].labels, groups)


def _axes(choice: Choice) -> tuple[Factor, ...]:
    """Return the factors in the order in which they were chosen, filled up to two."""
    return (*choice.factors, *_ALONE[len(choice.factors) :])


def _across(axes: Sequence[Factor]) -> int:
    """Return which factor makes the columns: the last one with few values, else one with the fewest."""
    sizes = [len(factor.options) for factor in axes]
    few = [number for number, size in enumerate(sizes) if size <= MOST_COLUMNS]
    return few[-1] if few else sizes.index(min(sizes))


def _places(factors: Sequence[Factor]) -> Iterator[Place]:
    return product(*(range(len(factor.options)) for factor in factors))


def _name(place: Place) -> str:
    return "-".join(("price", *map(str, place)))


def _keys(axes: Sequence[Factor], place: Place) -> list[str]:
    return [factor.keys[option] for factor, option in zip(axes, place, strict=True)]


def _label(choice: Choice, place: Place) -> str:
    pairs = zip(choice.factors, place, strict=False)
    words = (f"{factor.title}: {factor.labels[option]}" for factor, option in pairs)
    return ", ".join(words) or "Each image"


def _value(choice: Choice, keys: Sequence[str], rates: Sequence[Rate]) -> str:
    """Write what is in force there, so that a table by more than the last one starts with the prices of that."""
    facts = _facts(choice, keys)
    references = int(facts.pop(REFERENCES, choice.fewest_references))
    micros = estimate(rates, facts, images=1, references=references).image_micros
    return "" if micros is None else dollars(micros).removeprefix("$").replace(",", "")


def read_table(choice: Choice, typed: Mapping[str, str]) -> list[Rate]:
    """Read the rates that were typed; an empty cell has no price. Raises WrongPrice.

    Where fewer references have a price, no price is a rate as well: theirs would count.
    """
    axes = _axes(choice)
    rates = [_rate(choice, _keys(axes, place), _read(_name(place), typed)) for place in _places(axes)]
    priced_from: dict[frozenset[tuple[str, str]], int] = {}
    for rate in rates:
        if rate.image_micros is not None:
            when = frozenset(rate.when.items())
            priced_from[when] = min(rate.references_from, priced_from.get(when, rate.references_from))
    return [
        rate for rate in rates if rate.references_from >= priced_from.get(frozenset(rate.when.items()), inf)
    ]


def _read(cell: str, typed: Mapping[str, str]) -> int | None:
    text = typed.get(cell, "").strip()
    try:
        return read_dollars(text) if text else None
    except ValueError as error:
        raise WrongPrice(cell, str(error)) from None


def _rate(choice: Choice, keys: Sequence[str], micros: int | None) -> Rate:
    """Return a rate; for the fewest references it applies without any, as in a form to which none are added yet."""
    when = _facts(choice, keys)
    start = int(when.pop(REFERENCES, choice.fewest_references))
    return Rate(micros, when, start if start > choice.fewest_references else 0)


def _facts(choice: Choice, keys: Sequence[str]) -> dict[str, str]:
    return {factor.name: key for factor, key in zip(choice.factors, keys, strict=False)}
