"""Values from an address."""

from datetime import date

import pytest

from studio.kit.parameters import read_day, read_id


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("17", 17), ("9" * 18, int("9" * 18))])
def test_numbers_are_read(text: str, value: int) -> None:
    assert read_id(text) == value


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", " 1", "x", "٣", "²", "9" * 19, "\0"])
def test_what_is_no_number_is_not_given(text: str | None) -> None:
    assert read_id(text) is None


def test_days_are_read() -> None:
    assert read_day("2026-11-20") == date(2026, 11, 20)


@pytest.mark.parametrize("text", [None, "", "today", "2026-02-30", "0001-01-01", "9999-12-31", "\0"])
def test_what_is_no_day_is_not_given(text: str | None) -> None:
    assert read_day(text) is None
