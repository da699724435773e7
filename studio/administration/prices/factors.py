"""The parameters by which the price of a model may differ, and which of them its table goes by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import prod

from studio.administration.prices.references import (
    ReferenceRange,
    WrongSteps,
    labels,
    read_steps,
    reference_range,
    write_steps,
)
from studio.catalog.spec import Field, Spec
from studio.spending.prices import LEFT_OUT, Rate
from studio.spending.pricing import MAX_RATES

MOST_FACTORS = 4
MOST_CELLS = MAX_RATES
MOST_OPTIONS = 16
REFERENCES = "references"
"""Stands among the parameters for the number of reference images."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter by which a price may differ, with its values as conditions name them, and their words.

    For references the values are the numbers from which a price applies.
    """

    name: str
    title: str
    options: tuple[tuple[str, str], ...]

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.options]

    @property
    def labels(self) -> list[str]:
        return [label for _, label in self.options]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a table goes by. `steps` are those of its references; `wrong_steps` says why they aren't the wanted ones.

    `fewest_references` is how many each input has in any case.
    """

    factors: tuple[Factor, ...]
    fewest_references: int = 0
    steps: str = ""
    wrong_steps: str = ""

    @property
    def names(self) -> list[str]:
        return [factor.name for factor in self.factors]

    @property
    def mark(self) -> str:
        """Tell this table from one whose cells stand for something else."""
        cells = json.dumps([[factor.name, factor.keys] for factor in self.factors])
        return sha256(cells.encode()).hexdigest()[:16]

    @property
    def refusal(self) -> str:
        """Say why there is no table by all of them, and what to leave out; empty where there is one."""
        if len(self.factors) > MOST_FACTORS:
            return f"These are {len(self.factors)} parameters, and a table goes by at most {MOST_FACTORS}. Leave one out."
        cells = _cells(self.factors)
        if cells <= MOST_CELLS:
            return ""
        fewer = ", or take fewer steps" if REFERENCES in self.names else ""
        return f"These are {cells:,} prices, and a table holds at most {MOST_CELLS}. Leave out {self._too_large}{fewer}."

    @property
    def _too_large(self) -> str:
        """Name those of which one too many is there, or say that no one alone is."""
        cells = _cells(self.factors)
        titles = [factor.title for factor in self.factors if cells // len(factor.options) <= MOST_CELLS]
        *first, last = titles or ["more than one of them"]
        return f"{', '.join(first)} or {last}" if first else last


def _cells(factors: Sequence[Factor]) -> int:
    return prod(len(factor.options) for factor in factors)


def factors_of(spec: Spec) -> list[Factor]:
    """Return the parameters by which the price of a model may differ."""
    found = [factor for field in spec.shown if (factor := _factor(field))]
    span = reference_range(spec)
    if span.can_differ:
        found.append(_references(span, span.usual_starts))
    return found


def _factor(field: Field) -> Factor | None:
    options = [(option.key, option.label) for option in field.options]
    if field.kind == "boolean":
        options = [("false", "Off"), ("true", "On")]
    if field.role in ("aspect_ratio", "count", "seed") or not 1 < len(options) <= MOST_OPTIONS:
        return None
    if not field.required and field.default is None and LEFT_OUT not in dict(options):
        options.append((LEFT_OUT, field.unset_label))
    return Factor(field.name, field.title, tuple(options))


def _references(span: ReferenceRange, starts: Sequence[int]) -> Factor:
    keys = [str(start) for start in starts]
    return Factor(REFERENCES, "References", tuple(zip(keys, labels(starts, span.most), strict=True)))


def choose(spec: Spec, names: Sequence[str], steps: str, rates: Sequence[Rate]) -> Choice:
    """Return what was asked for, or where nothing was what the rates in force differ by."""
    there = {factor.name: factor for factor in factors_of(spec)}
    span = reference_range(spec)
    starts = span.starts(rate.references_from for rate in rates)
    if not names:
        names = list(dict.fromkeys(name for rate in rates for name in rate.when))
        names += [REFERENCES] if len(starts) > 1 else []
    wanted = [name for name in dict.fromkeys(names) if name in there]
    wrong = ""
    if REFERENCES in wanted:
        starts = starts if len(starts) > 1 else span.usual_starts
        try:
            starts = read_steps(steps, span) if steps.strip() else starts
        except WrongSteps as error:
            wrong = error.sentence
        there[REFERENCES] = _references(span, starts)
    return Choice(tuple(there[name] for name in wanted), span.fewest, write_steps(starts), wrong)
