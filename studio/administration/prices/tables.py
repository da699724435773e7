"""The table of a model's prices: how it is drawn, and how what was typed into it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf

from studio.administration.prices.factors import MOST_FACTORS, REFERENCES, Factor
from studio.kit.money import dollars, read_dollars
from studio.spending.prices import Rate


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

    factors: tuple[Factor, ...]
    heads: list[str]
    lines: list[Line]


def table_of(
    factors: tuple[Factor, ...],
    rates: Sequence[Rate],
    typed: Mapping[str, str] | None = None,
    wrong: WrongPrice | None = None,
) -> Table:
    """Return the table to fill: with what was typed, else with the rates in force."""
    rows = factors[0].options if factors else (("", "Each image"),)
    columns = factors[1].options if len(factors) > 1 else (("", "Price"),)
    lines = []
    for row, (row_key, row_label) in enumerate(rows):
        cells = []
        for column, (column_key, column_label) in enumerate(columns):
            name = f"price-{row}-{column}"
            value = (
                typed.get(name, "") if typed is not None else _value(factors, (row_key, column_key), rates)
            )
            error = wrong.sentence if wrong and wrong.cell == name else ""
            cells.append(Cell(name, f"{row_label}, {column_label}", value, error))
        lines.append(Line(row_label, cells))
    return Table(factors, [label for _, label in columns], lines)


def _value(factors: tuple[Factor, ...], keys: tuple[str, ...], rates: Sequence[Rate]) -> str:
    wanted = _rate(factors, keys, 0)
    same = (
        rate.image_micros
        for rate in rates
        if dict(rate.when) == dict(wanted.when) and rate.references_from == wanted.references_from
    )
    micros = next(same, None)
    return "" if micros is None else dollars(micros).removeprefix("$").replace(",", "")


def read_table(factors: tuple[Factor, ...], typed: Mapping[str, str]) -> list[Rate]:
    """Read the rates that were typed; an empty cell has no price. Raises WrongPrice.

    Where fewer references have a price, no price is a rate as well: theirs would count.
    """
    axes = [[key for key, _ in factor.options] for factor in factors]
    while len(axes) < MOST_FACTORS:
        axes.append([""])
    rates = []
    for (row, row_key), (column, column_key) in product(enumerate(axes[0]), enumerate(axes[1])):
        name = f"price-{row}-{column}"
        rates.append(_rate(factors, (row_key, column_key), _read(name, typed)))
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


def _rate(factors: tuple[Factor, ...], keys: Sequence[str], micros: int | None) -> Rate:
    chosen = {factor.name: key for factor, key in zip(factors, keys, strict=False)}
    references_from = int(chosen.pop(REFERENCES, "0"))
    return Rate(micros, chosen, references_from)
