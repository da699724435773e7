"""Plots as shapes: round axes, and bars that are as high as what they stand for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.administration.usage.plots import (
    NARROW,
    OTHER,
    WIDE,
    Column,
    bar_plot,
    line_plot,
    round_ticks,
    spark,
    week_plot,
)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (23, [0, 5, 10, 15, 20, 25]),
        (25, [0, 5, 10, 15, 20, 25]),
        (0.09, [0, 0.02, 0.04, 0.06, 0.08, 0.1]),
        (7, [0, 2, 4, 6, 8]),
        (0, [0, 1]),
        (480_000_000, [0, 100_000_000, 200_000_000, 300_000_000, 400_000_000, 500_000_000]),
    ],
)
def test_axes_have_round_numbers(most: float, ticks: list[float]) -> None:
    assert round_ticks(most) == pytest.approx(ticks)


def test_what_can_only_be_counted_has_whole_ticks() -> None:
    assert round_ticks(2, least=1) == [0, 1, 2]


@given(st.floats(min_value=1e-6, max_value=1e15))
def test_an_axis_reaches_over_what_it_shows_in_few_steps(most: float) -> None:
    ticks = round_ticks(most)
    assert ticks[-1] >= most * 0.999999
    assert 2 <= len(ticks) <= 8


def boxes(path: str) -> list[tuple[float, float, float, float]]:
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", path)
    return [(float(x), float(y), float(width), float(height)) for x, y, width, height in found]


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), min_size=1, max_size=92))
def test_bars_are_as_high_as_their_values_and_stay_inside(rows: list[list[int]]) -> None:
    for size in (WIDE, NARROW):
        plot = bar_plot([Column("1 Nov", "1 November", row) for row in rows], size, str)
        drawn = [box for area in plot.areas for box in boxes(area.path)]
        top = float(plot.ticks[-1].label)
        heights = sum(box[3] for box in drawn)
        assert heights == pytest.approx(sum(map(sum, rows)) / top * size.tall, abs=0.2 * (len(drawn) + 1))
        for x, y, width, height in drawn:
            assert x >= size.left
            assert x + width <= size.width + 0.1
            assert y >= size.top - 0.1
            assert y + height <= size.floor + 0.2


def test_the_fifth_series_has_the_colour_of_others_and_a_bar_leads_somewhere() -> None:
    plot = bar_plot([Column("1 Nov", "1 November", [1, 0, 0, 0, 2], "1 November: $3", "/x")], WIDE, str)
    assert [area.colour for area in plot.areas] == [1, OTHER]
    assert (plot.bars[0].title, plot.bars[0].href) == ("1 November: $3", "/x")


def test_there_are_no_more_labels_than_fit() -> None:
    columns = [Column(str(n), str(n), [n]) for n in range(92)]
    assert len(bar_plot(columns, WIDE, str).labels) <= WIDE.labels
    assert len(bar_plot(columns, NARROW, str).labels) <= NARROW.labels


def test_a_month_goes_on_from_its_last_day_to_its_end() -> None:
    names = [str(n) for n in range(1, 31)]
    plot = line_plot([10, 30], 300, 30, WIDE, str, names=names, level=200)
    assert plot.forecast.startswith("M" + plot.line.split(" L")[-1])
    assert (
        plot.forecast.endswith(f"L{WIDE.width:.1f} {WIDE.y(300, 300)}")
        or str(WIDE.y(300, 300)) in plot.forecast
    )
    assert plot.level == WIDE.y(200, float(plot.ticks[-1].label))
    assert line_plot([5], None, 30, WIDE, str, names=names).forecast == ""
    assert line_plot([], None, 30, WIDE, str, names=names).line == ""


def test_the_busiest_hour_is_the_strongest_and_an_idle_one_leads_nowhere() -> None:
    counts = [[0] * 24 for _ in range(7)]
    counts[2][10], counts[4][3] = 50, 1
    hours = [f"{hour}:00" for hour in range(24)]
    plot = week_plot(
        counts, ["d"] * 7, hours, lambda day, hour: f"{day} {hour}", lambda day, hour: f"/{day}/{hour}"
    )
    assert [(cell.title, cell.strength, cell.href) for cell in plot.cells] == [
        ("2 10", 5, "/2/10"),
        ("4 3", 1, "/4/3"),
    ]
    assert len(boxes(plot.nothing)) == 7 * 24 - 2


def test_a_small_line_needs_two_points() -> None:
    assert spark([3]) == ""
    assert spark([1, 1]).count("L") == 1
