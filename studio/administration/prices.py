"""The prices' page: which parameters decide a model's price, and the table that is filled with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from django.utils import timezone

from studio.catalog.models import ImageModel
from studio.catalog.queries import models_offered
from studio.catalog.spec import Field, Spec
from studio.kit.money import dollars, read_dollars
from studio.spending.models import Price
from studio.spending.prices import Rate, cheapest_and_dearest, read_rates
from studio.spending.queries import prices_in_force

MOST_FACTORS = 2
MOST_OPTIONS = 16
WITHOUT, WITH = "without references", "with references"
REFERENCES = "references"
"""Stands among the parameters for the number of reference images."""


class WrongPrice(ValueError):
    """A cell that is no price: `cell` is its name."""

    def __init__(self, cell: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cell, self.sentence = cell, sentence


@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter by which a price may differ, with its values as conditions name them, and their words."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


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


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as the row of models shows it."""

    model: ImageModel
    span: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: since when, and whether it is in force, planned, or over."""

    price: Price
    words: str
    state: str


def offers() -> list[Offer]:
    """Return the models that can be priced, with what their images cost today."""
    models = models_offered()
    today: dict[int, Price] = {}
    for price in prices_in_force(timezone.localdate()).filter(model__in=models):
        today.setdefault(price.model_id, price)
    return [
        Offer(model, span_of(read_rates(today[model.pk].rates) if model.pk in today else ()))
        for model in models
    ]


def span_of(rates: Sequence[Rate]) -> str:
    """Write what an image costs: "$0.10", "$0.04 to $0.33", or that nobody has said so."""
    span = cheapest_and_dearest(rates)
    if span is None:
        return "No price"
    low, high = span
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"


def factors_of(spec: Spec) -> list[Factor]:
    """Return the parameters by which the price of a model may differ."""
    found = [factor for field in spec.shown if (factor := _factor(field))]
    references = spec.with_role("references")
    if references and not references.required:
        options = (("0", WITHOUT.capitalize()), ("1", WITH.capitalize()))
        found.append(Factor(REFERENCES, "References", options))
    return found


def _factor(field: Field) -> Factor | None:
    if field.kind == "boolean":
        return Factor(field.name, field.title, (("false", "Off"), ("true", "On")))
    if field.role in ("aspect_ratio", "count", "seed") or not 1 < len(field.options) <= MOST_OPTIONS:
        return None
    return Factor(field.name, field.title, tuple((option.key, option.label) for option in field.options))


def chosen_factors(spec: Spec, names: Sequence[str], rates: Sequence[Rate]) -> tuple[Factor, ...]:
    """Return the asked-for factors of a table, or without a wish those of the rates in force."""
    there = {factor.name: factor for factor in factors_of(spec)}
    if not names:
        names = list(dict.fromkeys(name for rate in rates for name in rate.when))
        if any(rate.references_from for rate in rates):
            names = [*names, REFERENCES]
    wanted = [there[name] for name in dict.fromkeys(names) if name in there]
    return tuple(wanted[:MOST_FACTORS])


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
    """Read the rates that were typed; an empty cell has no price. Raises WrongPrice."""
    axes = [[key for key, _ in factor.options] for factor in factors]
    while len(axes) < MOST_FACTORS:
        axes.append([""])
    rates = []
    for (row, row_key), (column, column_key) in product(enumerate(axes[0]), enumerate(axes[1])):
        name = f"price-{row}-{column}"
        if text := typed.get(name, "").strip():
            try:
                rates.append(_rate(factors, (row_key, column_key), read_dollars(text)))
            except ValueError as error:
                raise WrongPrice(name, str(error)) from None
    return rates


def _rate(factors: tuple[Factor, ...], keys: Sequence[str], micros: int) -> Rate:
    chosen = {factor.name: key for factor, key in zip(factors, keys, strict=False)}
    references_from = int(chosen.pop(REFERENCES, "0"))
    return Rate(micros, chosen, references_from)


def history_of(model: ImageModel) -> list[Change]:
    """Return a model's prices, the newest first, with what each meant."""
    today = timezone.localdate()
    changes, is_found = [], False
    for price in model.prices.filter(withdrawn_at__isnull=True).select_related("created_by")[:50]:
        if price.valid_from > today:
            state = "planned"
        else:
            state = "over" if is_found else "now"
            is_found = True
        changes.append(Change(price, span_of(read_rates(price.rates)), state))
    return changes
