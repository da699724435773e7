"""The table of a model's prices: how it is drawn, and how what was typed into it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf

from studio.administration.prices.factors import MOST_FACTORS, REFERENCES, Choice
from studio.kit.money import dollars, read_dollars
from studio.spending.prices import Rate, estimate


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
class Table:
    """The prices of one model by up to two parameters."""

    heads: list[str]
    lines: list[Line]


def table_of(
    choice: Choice,
    rates: Sequence[Rate],
    typed: Mapping[str, str] | None = None,
    wrong: WrongPrice | None = None,
) -> Table:
    """Return the table to fill: with what was typed, else with the rates in force."""
    factors = choice.factors
    rows = factors[0].options if factors else (("", "Each image"),)
    columns = factors[1].options if len(factors) > 1 else (("", "Price"),)
    lines = []
    for row, (row_key, row_label) in enumerate(rows):
        cells = []
        for column, (column_key, column_label) in enumerate(columns):
            name = f"price-{row}-{column}"
            value = typed.get(name, "") if typed is not None else _value(choice, (row_key, column_key), rates)
            error = wrong.sentence if wrong and wrong.cell == name else ""
            cells.append(Cell(name, f"{row_label}, {column_label}", value, error))
        lines.append(Line(row_label, cells))
    return Table([label for _, label in columns], lines)


def _value(choice: Choice, keys: Sequence[str], rates: Sequence[Rate]) -> str:
    """Write what is in force there, so that a table by more than the last one starts with the prices of that."""
    facts = _facts(choice, keys)
    references = int(facts.pop(REFERENCES, choice.fewest_references))
    known = [rate for rate in rates if rate.when.keys() <= facts.keys()]
    micros = estimate(known, facts, images=1, references=references).image_micros
    return "" if micros is None else dollars(micros).removeprefix("$").replace(",", "")


def read_table(choice: Choice, typed: Mapping[str, str]) -> list[Rate]:
    """Read the rates that were typed; an empty cell has no price. Raises WrongPrice.

    Where fewer references have a price, no price is a rate as well: theirs would count.
    """
    axes = [[key for key, _ in factor.options] for factor in choice.factors]
    while len(axes) < MOST_FACTORS:
        axes.append([""])
    rates = []
    for (row, row_key), (column, column_key) in product(enumerate(axes[0]), enumerate(axes[1])):
        name = f"price-{row}-{column}"
        rates.append(_rate(choice, (row_key, column_key), _read(name, typed)))
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
