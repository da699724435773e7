"""The table of prices: each combination costs what stands in its cell, and what was typed is drawn again."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.administration.prices.factors import REFERENCES, Choice, Factor
from studio.administration.prices.references import ReferenceRange, labels
from studio.administration.prices.tables import Table, read_table, table_of
from studio.kit.money import dollars
from studio.spending.prices import LEFT_OUT, Rate, estimate

MOST_REFERENCES = 6
PRICE = st.none() | st.integers(0, 10**9)


@dataclass
class Filled:
    """A table as somebody fills it: by each cell's values, in the order of the factors, its price."""

    choice: Choice
    prices: Mapping[tuple[str, ...], int | None]

    @property
    def typed(self) -> dict[str, str]:
        places = product(*(range(len(factor.options)) for factor in self.choice.factors))
        return {
            name_of(place): "" if micros is None else dollars(micros)
            for place, micros in zip(places, self.prices.values(), strict=True)
        }


def name_of(place: tuple[int, ...]) -> str:
    return "-".join(("price", *map(str, [*place, 0, 0][: max(2, len(place))])))


def parameter(number: int, options: int) -> Factor:
    """One that can be left out as well, if it has more than two values."""
    keys = [f"v{option}" for option in range(options)]
    if options > 2:
        keys[-1] = LEFT_OUT
    return Factor(f"p{number}", f"Parameter {number}", tuple((key, key.upper() or "Default") for key in keys))


def references(fewest: int, *steps: int) -> Factor:
    starts = ReferenceRange(fewest, MOST_REFERENCES).starts(steps)
    options = zip(map(str, starts), labels(starts, MOST_REFERENCES), strict=True)
    return Factor(REFERENCES, "References", tuple(options))


@st.composite
def filled(draw: st.DrawFn) -> Filled:
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 6]), max_size=2))
    factors = [parameter(number, size) for number, size in enumerate(sizes)]
    fewest = draw(st.integers(0, 2))
    if draw(st.booleans()):
        steps = draw(st.sets(st.integers(fewest + 1, MOST_REFERENCES), min_size=1, max_size=3))
        factors.insert(draw(st.integers(0, len(factors))), references(fewest, *steps))
    keys = list(product(*(factor.keys for factor in factors)))
    prices = draw(st.lists(PRICE, min_size=len(keys), max_size=len(keys)))
    return Filled(Choice(tuple(factors), fewest), dict(zip(keys, prices, strict=True)))


@given(filled())
def test_each_combination_costs_what_its_cell_says(table: Filled) -> None:
    rates = read_table(table.choice, table.typed)
    for keys, micros in table.prices.items():
        facts = dict(zip(table.choice.names, keys, strict=True))
        start, end = numbers(table.choice, facts.pop(REFERENCES, ""))
        given_facts = {name: key for name, key in facts.items() if key != LEFT_OUT}
        for number in range(start, end + 1):
            found = estimate(rates, given_facts, images=1, references=number)
            assert found.image_micros == micros, (keys, number)


def numbers(choice: Choice, start: str) -> tuple[int, int]:
    """Return the fewest and the most references of a row."""
    if not start:
        return choice.fewest_references, MOST_REFERENCES
    starts = [int(key) for factor in choice.factors if factor.name == REFERENCES for key in factor.keys]
    ends = [*(each - 1 for each in starts[1:]), MOST_REFERENCES]
    return int(start), dict(zip(starts, ends, strict=True))[int(start)]


@given(filled())
def test_prices_that_were_set_stand_in_the_table_again(table: Filled) -> None:
    again = table_of(table.choice, read_table(table.choice, table.typed))
    assert {cell.name: cell.value for cell in cells(again)} == {
        name: text.removeprefix("$").replace(",", "") for name, text in table.typed.items()
    }


@given(filled())
def test_each_cell_is_there_once_and_says_all_its_values(table: Filled) -> None:
    drawn = table_of(table.choice, ())
    assert all(len(line.cells) == len(drawn.heads) for group in drawn.groups for line in group.lines)
    by_name = {cell.name: cell.label for cell in cells(drawn)}
    assert len(by_name) == len(cells(drawn)) == len(table.prices)
    for place in product(*(range(len(factor.options)) for factor in table.choice.factors)):
        words = [
            f"{factor.title}: {factor.labels[option]}"
            for factor, option in zip(table.choice.factors, place, strict=True)
        ]
        assert by_name[name_of(place)] == (", ".join(words) or "Each image")


def cells(table: Table) -> list:
    return [cell for group in table.groups for line in group.lines for cell in line.cells]


def test_the_last_parameter_with_few_values_goes_across() -> None:
    large, small, tiny = parameter(1, 6), parameter(2, 3), parameter(3, 2)
    for factors, rows, columns in (
        ((large, small), "Parameter 1", "Parameter 2"),
        ((small, large), "Parameter 1", "Parameter 2"),
        ((tiny, small, large), "Parameter 1", "Parameter 2"),
        ((large,), "Parameter 1", ""),
        ((), "", ""),
    ):
        drawn = table_of(Choice(factors), ())
        assert (drawn.rows, drawn.columns) == (rows, columns)
    drawn = table_of(Choice((tiny, small, large)), ())
    assert [group.common for group in drawn.groups] == [[("Parameter 3", "V0")], [("Parameter 3", "V1")]]
    assert [line.label for line in drawn.groups[0].lines] == ["V0", "V1", "V2", "V3", "V4", "Default"]


def test_what_is_ticked_besides_begins_with_the_prices_in_force() -> None:
    by_one = Choice((parameter(1, 3),))
    rates = read_table(by_one, {"price-0-0": "1", "price-1-0": "2", "price-2-0": "3"})
    wider = table_of(Choice((parameter(1, 3), references(0, 1))), rates)
    assert [cell.value for cell in cells(wider)] == ["1.00", "1.00", "2.00", "2.00", "3.00", "3.00"]
    assert [cell.value for cell in cells(table_of(Choice(()), rates))] == [""]
    other = table_of(Choice((parameter(2, 3),)), rates)
    assert [cell.value for cell in cells(other)] == ["", "", ""]


def test_a_table_without_references_has_the_price_of_the_fewest() -> None:
    rates = [Rate(1_000_000), Rate(1_500_000, {}, 1)]
    assert [cell.value for cell in cells(table_of(Choice((), fewest_references=1), rates))] == ["1.50"]
    assert [cell.value for cell in cells(table_of(Choice(()), rates))] == ["1.00"]


@pytest.mark.parametrize(
    ("factors", "sentence"),
    [
        ([parameter(number, 2) for number in range(4)], ""),
        (
            [parameter(number, 2) for number in range(5)],
            "5 parameters, and a table goes by at most 4. Leave one out.",
        ),
        ([parameter(1, 16), parameter(2, 16)], ""),
        (
            [parameter(1, 2), parameter(2, 16), parameter(3, 16)],
            "These are 512 prices, and a table holds at most 400. Leave out Parameter 1, Parameter 2 or Parameter 3.",
        ),
        ([parameter(1, 2), parameter(2, 300)], "Leave out Parameter 1 or Parameter 2."),
        ([parameter(1, 2), parameter(2, 401)], "Leave out Parameter 2."),
        ([parameter(number, 16) for number in range(4)], "Leave out more than one of them."),
        (
            [parameter(1, 150), references(0, 1, 4)],
            "Leave out Parameter 1 or References, or take fewer steps.",
        ),
    ],
)
def test_too_large_a_table_is_refused(factors: list[Factor], sentence: str) -> None:
    refusal = Choice(tuple(factors)).refusal
    assert refusal.endswith(sentence)
    assert bool(refusal) == bool(sentence)
