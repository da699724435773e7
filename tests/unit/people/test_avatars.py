"""Initials and hues."""

import pytest

from studio.people.avatars import hue, initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mara Lindqvist", "ML"),
        ("Ada", "A"),
        ("ana maria del rio", "AR"),
        ("anna.berg", "AB"),
        ("åsa öberg", "ÅÖ"),
        ("(x) Ada", "A"),
        ("  ", "?"),
        ("", "?"),
    ],
)
def test_initials_stand_for_first_and_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_hue_stays_the_same_and_neighbours_differ() -> None:
    assert hue(3) == hue(3)
    assert len({hue(number) for number in range(7)}) == 7
