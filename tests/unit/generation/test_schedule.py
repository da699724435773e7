"""When the engine asks: late enough to be cheap, often enough to be quick."""

import pytest

from studio.generation.engine.durations import Durations
from studio.generation.engine.schedule import backoff_s, poll_delay_s

PACE = Durations()


def polls_during(life_s: float, usual_s: float | None) -> int:
    age_s, asked = 0.0, 0
    while age_s < life_s:
        age_s += poll_delay_s(age_s, usual_s, PACE)
        asked += 1
    return asked


def test_the_first_poll_waits_for_most_of_the_usual_time() -> None:
    assert 8.0 <= poll_delay_s(0, 10, PACE) <= 8.8


@pytest.mark.parametrize("life_s", [6, 10, 20, 60, 300])
def test_at_most_one_poll_per_two_seconds_of_a_usual_life(life_s: float) -> None:
    assert polls_during(life_s, usual_s=life_s) <= life_s / 2


@pytest.mark.parametrize("age_s", [10, 30, 120, 1000])
def test_the_pause_is_never_long_beside_the_age(age_s: float) -> None:
    pause_s = poll_delay_s(age_s, 10, PACE)
    assert PACE.poll_shortest_s <= pause_s <= max(0.066 * age_s, PACE.poll_shortest_s * 1.1)


def test_what_is_about_to_be_ready_is_asked_about_more_often_than_what_is_overdue() -> None:
    assert poll_delay_s(60, 60, PACE) <= 1.65
    assert 4.8 <= poll_delay_s(80, 60, PACE) <= 5.3


def test_backoff_grows_and_is_bounded() -> None:
    assert backoff_s(1, 2, 120) < 2.5
    assert 96 <= backoff_s(50, 2, 120) <= 144
