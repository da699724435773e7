"""A place in line is told from counts; it is the place that the rule gives when everything is laid out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.generation.line import Place, Standing, place_in
from studio.generation.presenters import place_words

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=6)


@given(PEOPLE)
def test_the_place_is_that_of_the_whole_line_laid_out(people: list[tuple[int, int, int]]) -> None:
    standings = {
        author: Standing(waiting, under_way, LONG_AGO + timedelta(days=served), oldest_id=100 - author)
        for author, (waiting, under_way, served) in enumerate(people)
    }
    everything = [
        (turn + one.under_way, turn, one.served_at, one.oldest_id, author)
        for author, one in standings.items()
        for turn in range(1, one.waiting + 1)
    ]
    for number, (_, turn, *_, author) in enumerate(sorted(everything), 1):
        assert place_in(standings, author, turn) == Place(number, turn - 1)


@given(PEOPLE)
def test_served_one_by_one_the_order_stays(people: list[tuple[int, int, int]]) -> None:
    line = {
        author: Standing(waiting, under_way, LONG_AGO + timedelta(days=served), oldest_id=author)
        for author, (waiting, under_way, served) in enumerate(people)
    }
    shown = {
        place_in(line, author, turn).number: author
        for author, one in line.items()
        for turn in range(1, one.waiting + 1)
    }
    for number in sorted(shown):
        author = next(author for author in line if place_in(line, author, 1).number == 1)
        assert shown[number] == author
        one = line.pop(author)
        if one.waiting > 1:
            served_at = LONG_AGO + timedelta(days=99 + number)
            line[author] = Standing(one.waiting - 1, one.under_way + 1, served_at, one.oldest_id)


@pytest.mark.parametrize(
    ("place", "is_own", "words"),
    [
        (Place(1, 0), True, "Next in line"),
        (Place(2, 1), True, "2nd in line, 1 of yours ahead"),
        (Place(3, 1), True, "3rd in line, 1 of yours ahead"),
        (Place(3, 2), False, "3rd in line"),
        (Place(4, 0), True, "4th in line"),
        (Place(12, 0), False, "12th in line"),
        (Place(21, 0), False, "21st in line"),
        (Place(20_113, 1_000), True, "20,113th in line, 1,000 of yours ahead"),
        (None, True, "In line"),
    ],
)
def test_words(place: Place | None, is_own: bool, words: str) -> None:
    assert place_words(place, is_own=is_own) == words
