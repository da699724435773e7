"""What times teach, and how it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.generation.usual import FEWEST, Usual, learn

TIMES = st.lists(st.floats(0.01, 5000), min_size=FEWEST, max_size=40)


def test_half_take_the_median_and_nine_in_ten_the_rest() -> None:
    assert learn(range(1, 11)) == Usual(1, 5.5, 9)


@pytest.mark.parametrize("spans", [[], [12], [12, 13], [12, 13, -4], [12, 0, 0, 13]])
def test_too_few_teach_nothing(spans: list[float]) -> None:
    assert learn(spans) is None


def test_an_odd_one_does_not_teach() -> None:
    # The app was down for three hours while the provider had long finished.
    assert learn([12, 13, 14, 15, 11, 12, 10_800]) == learn([12, 13, 14, 15, 11, 12])


@given(TIMES)
def test_both_lie_among_the_times_and_in_order(spans: list[float]) -> None:
    usual = learn(spans)
    assert usual
    assert min(spans) <= usual.p50_s <= usual.p90_s <= max(spans)


@pytest.mark.parametrize(
    ("p50_s", "p90_s", "words"),
    [
        (12.4, 18.2, "12 to 18 s"),
        (11.8, 12.2, "12 s"),
        (0.2, 0.6, "less than 1 s"),
        (0.4, 1.2, "1 s"),
        (0.4, 2.6, "1 to 3 s"),
        (70.2, 119, "70 s to 2 min"),
        (95, 240, "2 to 4 min"),
        (118, 122, "2 min"),
    ],
)
def test_words(p50_s: float, p90_s: float, words: str) -> None:
    assert Usual(p50_s, p50_s, p90_s).words == words
