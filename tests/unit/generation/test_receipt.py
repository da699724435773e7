"""How durations, sentences and steps are written."""

from datetime import UTC, datetime, timedelta

import pytest

from studio.generation.presenters import excerpt, first_sentence
from studio.generation.receipt import receipt_lines, seconds
from studio.generation.timeline import TITLES, Step


@pytest.mark.parametrize(
    ("length_s", "words"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10.0 s"),
        (12.4, "12 s"),
        (59.6, "1 min 0 s"),
        (94, "1 min 34 s"),
        (3599.7, "1 h 0 min"),
        (12_000, "3 h 20 min"),
        (172_799, "47 h 59 min"),
        (476_160, "5 days 12 h"),
    ],
)
def test_durations_are_written_in_the_units_of_their_size(length_s: float, words: str) -> None:
    assert seconds(length_s) == words


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("It failed. Nothing was charged.", "It failed."),
        ("It failed after 1.5 s", "It failed after 1.5 s"),
        ("", ""),
    ],
)
def test_a_card_shows_the_first_sentence(text: str, head: str) -> None:
    assert first_sentence(text) == head


def test_an_image_is_described_by_the_beginning_of_its_prompt() -> None:
    assert excerpt("  two\n words ") == "two words"
    assert len(excerpt("word " * 10_000)) <= 120
    assert excerpt("") == "Image without a prompt"


def test_a_wait_stands_before_the_step_that_ended_it_with_its_reason() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    steps = [
        Step(at, "accepted", "Submitted", "task hub-1", None),
        Step(at + timedelta(seconds=11), "ready", "Ready", "", 11.0),
        Step(at + timedelta(seconds=11.3), "stored", "Stored", "", 0.3),
    ]
    lines = receipt_lines(steps)
    assert [(line.wait, line.reason) for line in lines] == [
        ("", ""),
        ("11 s", "The provider was at work"),
        ("", ""),
    ]


def test_every_kind_of_step_can_be_written() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for kind, title in TITLES.items():
        (line,) = receipt_lines([Step(at, kind, title, "", 2.0)])
        assert line.reason
