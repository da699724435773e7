"""What is offered at a limit: round amounts that are enough, and days that are near."""

from datetime import date

import pytest

from studio.kit.money import MICROS
from studio.spending.limits import Unit
from studio.spending.offers import amounts_for, ends_for, read_amount, until_words, write_amount
from studio.spending.periods import Period


@pytest.mark.parametrize(
    ("unit", "lacking", "offered"),
    [
        (Unit.MONEY, 400_000, ["5", "10", "25"]),
        (Unit.MONEY, 5 * MICROS + 1, ["10", "25", "50"]),
        (Unit.MONEY, 4_321 * MICROS, ["5000", "10000", "25000"]),
        (Unit.IMAGES, 1, ["10", "25", "50"]),
        (Unit.IMAGES, 11, ["25", "50", "100"]),
    ],
)
def test_the_least_that_is_offered_is_enough(unit: Unit, lacking: int, offered: list[str]) -> None:
    assert [write_amount(unit, amount) for amount in amounts_for(unit, lacking)] == offered


@pytest.mark.parametrize(
    ("today", "period", "days", "usual"),
    [
        (date(2026, 11, 24), Period.MONTH, ["Today 24", "Friday 27", "Month 30"], 27),
        (date(2026, 11, 24), Period.DAY, ["Today 24", "Friday 27", "Month 30"], 24),
        (date(2026, 11, 20), Period.TOTAL, ["Today 20", "Friday 27", "Month 30"], 27),
        (date(2026, 11, 28), Period.MONTH, ["Today 28", "Month 30", "Friday 4"], 30),
        (date(2026, 11, 30), Period.MONTH, ["Today 30", "Friday 4"], 30),
        (date(2026, 7, 30), Period.MONTH, ["Today 30", "Friday 31"], 31),
    ],
)
def test_the_days_are_near_and_each_is_named_once(
    today: date, period: Period, days: list[str], usual: int
) -> None:
    ends, end = ends_for(period, today)
    assert [f"{one.label} {one.day.day}" for one in ends] == days
    assert end.day.day == usual


def test_until_is_said_by_the_name_of_a_near_day() -> None:
    today = date(2026, 11, 24)
    said = [
        until_words(day, today) for day in (today, date(2026, 11, 27), date(2026, 12, 1), date(2026, 11, 20))
    ]
    assert said == ["the end of today", "Friday", "1 December", "20 November"]


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "", "9" * 13, "٣"])
def test_a_number_of_images_is_whole(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        read_amount(Unit.IMAGES, text)


@pytest.mark.parametrize("text", ["1,5", "0,5", "10,00"])
def test_a_comma_in_a_number_of_images_only_parts_thousands(text: str) -> None:
    with pytest.raises(ValueError, match="a comma only parts thousands"):
        read_amount(Unit.IMAGES, text)
    assert read_amount(Unit.IMAGES, "12,000") == 12_000
