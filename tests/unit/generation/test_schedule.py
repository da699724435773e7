"""When the engine asks: late enough to be cheap, often enough to be quick."""

import pytest

from studio.generation.engine.durations import Durations
from studio.generation.engine.schedule import backoff_s, poll_delay_s
from studio.generation.usual import Usual

PACE = Durations()


def steady(span_s: float) -> Usual:
    """What is usual where all take as long."""
    return Usual(span_s, span_s, span_s)


def polls_during(life_s: float, usual: Usual | None) -> int:
    age_s, asked = 0.0, 0
    while age_s < life_s:
        age_s += poll_delay_s(age_s, usual, PACE, asked)
        asked += 1
    return asked


def test_the_first_poll_waits_for_most_of_the_usual_time() -> None:
    assert 9.0 <= poll_delay_s(0, steady(10), PACE) <= 9.5
    assert 5.4 <= poll_delay_s(0, Usual(6, 10, 20), PACE) <= 5.7


@pytest.mark.parametrize("life_s", [6, 10, 20, 60, 300])
def test_at_most_one_poll_per_two_seconds_of_a_usual_life(life_s: float) -> None:
    assert polls_during(life_s, usual=steady(life_s)) <= life_s / 2


@pytest.mark.parametrize("life_s", [10, 60, 300])
def test_of_what_takes_as_long_each_time_few_polls_come_too_early(life_s: float) -> None:
    assert polls_during(life_s, steady(life_s)) <= 7


@pytest.mark.parametrize("age_s", [10, 30, 120, 1000])
def test_the_pause_is_never_long_beside_the_age(age_s: float) -> None:
    pause_s = poll_delay_s(age_s, steady(10), PACE)
    assert PACE.poll_shortest_s <= pause_s <= max(0.066 * age_s, PACE.poll_shortest_s * 1.1)


def test_what_is_about_to_be_ready_is_asked_about_more_often_than_what_is_overdue() -> None:
    assert poll_delay_s(60, steady(60), PACE) <= 1.32
    assert 4.8 <= poll_delay_s(80, steady(60), PACE) <= 5.3


def test_backoff_grows_and_is_bounded() -> None:
    assert backoff_s(1, 2, 120) < 2.5
    assert 96 <= backoff_s(50, 2, 120) <= 144
