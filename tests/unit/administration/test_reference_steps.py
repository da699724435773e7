"""The numbers of references at which a price changes, as an admin writes and reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.administration.prices.references import (
    ReferenceRange,
    WrongSteps,
    labels,
    read_steps,
    write_steps,
)

FREE, TEXT, EDIT = ReferenceRange(0, None), ReferenceRange(0, 14), ReferenceRange(1, 16)


@pytest.mark.parametrize(
    ("text", "span", "starts"),
    [
        ("1,4", TEXT, (0, 1, 4)),
        (" 4 ; 1 4, 01,", TEXT, (0, 1, 4)),
        ("14", TEXT, (0, 14)),
        ("999", FREE, (0, 999)),
        ("2", EDIT, (1, 2)),
        ("1, 2", EDIT, (1, 2)),
        ("2, 5", ReferenceRange(3, 9), (3, 5)),
    ],
)
def test_steps_are_read_in_any_order(text: str, span: ReferenceRange, starts: tuple[int, ...]) -> None:
    assert read_steps(text, span) == starts


@pytest.mark.parametrize(
    ("text", "span", "sentence"),
    [
        ("one", TEXT, "Write numbers with commas between them, such as 1, 4."),
        ("-1", TEXT, "Write numbers with commas"),
        ("1.5", TEXT, "Write numbers with commas"),
        ("٤", TEXT, "Write numbers with commas"),
        (",", TEXT, "Write numbers with commas"),
        ("0", TEXT, "A step is a number from 1 to 14: the model takes no more."),
        ("15", TEXT, "from 1 to 14"),
        ("1000", FREE, "A step is a number from 1 to 999."),
        ("9" * 5000, TEXT, "from 1 to 14"),
        ("1 2 3 4 5 6 7 8 9", TEXT, "At most 8 steps."),
        ("1", EDIT, "This model always has at least 1 reference: name a number from 2 on."),
    ],
)
def test_other_steps_are_refused_with_a_sentence(text: str, span: ReferenceRange, sentence: str) -> None:
    with pytest.raises(WrongSteps) as refused:
        read_steps(text, span)
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("starts", "most", "said"),
    [
        ((0, 1, 4), None, ["No references", "1 to 3 references", "4 or more references"]),
        ((0, 1, 4), 14, ["No references", "1 to 3 references", "4 to 14 references"]),
        ((1, 2), 2, ["1 reference", "2 references"]),
        ((0, 2), None, ["Up to 1 reference", "2 or more references"]),
        ((0, 1, 2, 14), 14, ["No references", "1 reference", "2 to 13 references", "14 references"]),
    ],
)
def test_each_row_says_for_how_many_it_is(starts: tuple[int, ...], most: int | None, said: list[str]) -> None:
    assert labels(starts, most) == said


@given(st.sets(st.integers(1, 999), min_size=1, max_size=8))
def test_steps_that_were_written_are_read_again(steps: set[int]) -> None:
    starts = FREE.starts(steps)
    assert read_steps(write_steps(starts), FREE) == starts == (0, *sorted(steps))
