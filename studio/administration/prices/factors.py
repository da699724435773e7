"""The parameters by which the price of a model may differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.catalog.spec import Field, Spec
from studio.spending.prices import LEFT_OUT, Rate

MOST_FACTORS = 2
MOST_OPTIONS = 16
WITHOUT, WITH = "without references", "with references"
REFERENCES = "references"
"""Stands among the parameters for the number of reference images."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter by which a price may differ, with its values as conditions name them, and their words."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


def factors_of(spec: Spec) -> list[Factor]:
    """Return the parameters by which the price of a model may differ."""
    found = [factor for field in spec.shown if (factor := _factor(field))]
    references = spec.with_role("references")
    if references and not references.required:
        options = (("0", WITHOUT.capitalize()), ("1", WITH.capitalize()))
        found.append(Factor(REFERENCES, "References", options))
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


def chosen_factors(spec: Spec, names: Sequence[str], rates: Sequence[Rate]) -> tuple[Factor, ...]:
    """Return the asked-for factors of a table, or without a wish those of the rates in force."""
    there = {factor.name: factor for factor in factors_of(spec)}
    if not names:
        names = list(dict.fromkeys(name for rate in rates for name in rate.when))
        if any(rate.references_from for rate in rates):
            names = [*names, REFERENCES]
    wanted = [there[name] for name in dict.fromkeys(names) if name in there]
    return tuple(wanted[:MOST_FACTORS])
