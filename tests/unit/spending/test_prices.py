"""What an input costs, and how money is read and written: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.kit.money import dollars, read_dollars, rounded_dollars
from studio.spending.latency import bucket_of, middle_of, percentile
from studio.spending.prices import Estimate, Rate, cheapest_and_dearest, estimate, read_rates

RATES = (
    Rate(50_000),
    Rate(101_000, {"resolution": "2K"}),
    Rate(151_000, {"resolution": "2K"}, references_from=1),
    Rate(240_000, {"resolution": "2K", "quality": "high"}),
    Rate(90_000, {"image_size": "1024x768"}),
    Rate(70_000, {"thinking": "true"}),
    Rate(60_000, {"thinking": "", "resolution": "4K"}),
    Rate(None, {"thinking": "true"}, references_from=4),
)


@pytest.mark.parametrize(
    ("facts", "references", "micros"),
    [
        ({}, 0, 50_000),
        ({"resolution": "1K"}, 3, 50_000),
        ({"resolution": "2K"}, 0, 101_000),
        ({"resolution": "2K"}, 2, 151_000),
        ({"resolution": "2K", "quality": "high"}, 2, 240_000),
        ({"image_size": {"width": 1024, "height": 768}}, 0, 90_000),
        ({"thinking": True}, 0, 70_000),
        ({"thinking": True}, 3, 70_000),
        ({"thinking": True}, 4, None),
        ({"thinking": None}, 0, 50_000),
        ({"resolution": "4K", "thinking": False}, 0, 50_000),
        ({"resolution": "4K", "thinking": None}, 0, 60_000),
        ({"resolution": "4K"}, 0, 60_000),
    ],
)
def test_the_most_exact_rate_that_applies_counts(facts: dict, references: int, micros: int | None) -> None:
    assert estimate(RATES, facts, images=4, references=references) == Estimate(4, micros)


def test_an_estimate_says_how_it_comes_about() -> None:
    found = estimate(RATES, {"resolution": "2K"}, images=4)
    assert (found.cost_micros, found.arithmetic) == (404_000, "4 × $0.101")


def test_without_a_rate_that_applies_the_price_is_unknown() -> None:
    for rates in ((), RATES[1:2]):
        found = estimate(rates, {"resolution": "4K"}, images=2)
        assert (found.cost_micros, found.arithmetic) == (None, "")


def test_rates_are_read_as_they_were_stored() -> None:
    assert read_rates([rate.to_json() for rate in RATES]) == RATES


def test_what_is_unknown_is_no_part_of_the_span() -> None:
    assert cheapest_and_dearest(RATES) == (50_000, 240_000)
    assert cheapest_and_dearest([Rate(None)]) is None


@pytest.mark.parametrize(
    ("micros", "exact", "rounded"),
    [
        (0, "$0.00", "$0.00"),
        (101_000, "$0.101", "$0.10"),
        (1, "$0.000001", "$0.000001"),
        (600_000_000, "$600.00", "$600"),
        (1_234_567_890, "$1,234.56789", "$1,234.57"),
        (-3_500_000, "-$3.50", "-$3.50"),
    ],
)
def test_money_is_written_exactly_and_rounded(micros: int, exact: str, rounded: str) -> None:
    assert (dollars(micros), rounded_dollars(micros)) == (exact, rounded)


@given(st.integers(0, 10**15))
def test_money_that_was_written_is_read_again(micros: int) -> None:
    assert read_dollars(dollars(micros)) == micros


@pytest.mark.parametrize("text", ["", "dear", "-1", "NaN", "inf", "1e99", "0.0000001", "1.2.3", "١٢x"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|places|much"):
        read_dollars(text)


@pytest.mark.parametrize(
    ("text", "micros"), [("1,200", 1_200_000_000), ("$12,345,678.50", 12_345_678_500_000)]
)
def test_commas_part_thousands(text: str, micros: int) -> None:
    assert read_dollars(text) == micros


@pytest.mark.parametrize("text", ["1,5", "0,039", "12,50", "1,2345", ",5", "1.5,000"])
def test_a_comma_in_place_of_the_point_is_refused_and_not_read_as_more(text: str) -> None:
    with pytest.raises(ValueError, match="with a point"):
        read_dollars(text)


@given(st.floats(0.11, 6000))
def test_a_bucket_is_near_the_time_that_fell_into_it(seconds: float) -> None:
    assert middle_of(bucket_of(seconds)) == pytest.approx(seconds, rel=0.12)


def test_percentiles_are_read_from_buckets() -> None:
    counts = {bucket_of(2.0): 90, bucket_of(60.0): 10}
    assert percentile(counts, 0.5) == pytest.approx(2.0, rel=0.12)
    assert percentile(counts, 0.95) == pytest.approx(60.0, rel=0.12)
    assert percentile({}, 0.5) is None
