"""Days as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gallery.days import read_typed_day

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("1-nov", date(2026, 11, 1)),
        ("24 Nov", TODAY),
        ("1.December", date(2025, 12, 1)),
        ("1-dec-2024", date(2024, 12, 1)),
        ("29-feb", date(2024, 2, 29)),
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 23)),
        ("31-nov", None),
        ("1-nix", None),
        ("soon", None),
        ("", None),
        ("1-nov-0001", None),
    ],
)
def test_days_are_read(text: str, day: date | None) -> None:
    assert read_typed_day(text, TODAY) == day


@given(st.text())
def test_anything_can_be_typed_as_a_day(text: str) -> None:
    day = read_typed_day(text, TODAY)
    assert day is None or 1970 <= day.year < 9999
