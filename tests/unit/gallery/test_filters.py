"""Filters and the address that they are kept in."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from studio.gallery.filters import Filters, When
from studio.generation.models import Shape

DAYS = st.none() | st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1))
TODAY = date(2026, 11, 24)


def read(query: str) -> Filters:
    return Filters.read(QueryDict(query))


def test_an_address_is_read() -> None:
    filters = read(
        "q=misty+ridges&model=5&model=3&by=7&shape=portrait&shape=square&starred=1&from=2026-11-01"
    )
    assert filters == Filters(
        text="misty ridges",
        models=(3, 5),
        authors=(7,),
        shapes=("portrait", "square"),
        is_starred=True,
        since=date(2026, 11, 1),
    )
    assert filters.facet_count == 5


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=+++",
        "model=x&by=-1&shape=round&starred=yes&when=never&from=soon&to=2026-13-01",
        f"model={'9' * 40}&before=3",
        "model=&by=%00&q=%00",
    ],
)
def test_what_makes_no_sense_is_left_out(query: str) -> None:
    assert read(query).is_empty
    assert read(query).as_query() == ""


def test_days_that_stand_the_wrong_way_round_are_turned() -> None:
    filters = read("from=2026-11-20&to=2026-11-01")
    assert filters.days(TODAY) == (date(2026, 11, 1), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("when", "first"),
    [("today", date(2026, 11, 24)), ("week", date(2026, 11, 18)), ("month", date(2026, 10, 26))],
)
def test_days_that_move_on(when: str, first: date) -> None:
    assert read(f"when={when}").days(TODAY) == (first, None)


def test_own_days_win_over_those_that_move_on() -> None:
    assert read("when=today&to=2026-11-01").as_query() == "to=2026-11-01"


@given(
    st.builds(
        lambda texts, models, shapes, starred, when, days: (texts, models, shapes, starred, when, days),
        st.lists(st.text(), max_size=3),
        st.lists(st.integers(0, 10**17), max_size=4),
        st.lists(st.sampled_from(Shape.values), max_size=4),
        st.booleans(),
        st.none() | st.sampled_from(list(When)),
        st.tuples(DAYS, DAYS),
    )
)
def test_an_address_is_the_same_after_being_read_and_written(
    given_filters: tuple[list[str], list[int], list[str], bool, When | None, tuple[date | None, date | None]],
) -> None:
    texts, models, shapes, is_starred, when, (since, until) = given_filters
    query = QueryDict(mutable=True)
    query.setlist("q", texts)
    query.setlist("model", [str(model_id) for model_id in models])
    query.setlist("by", [str(model_id) for model_id in models])
    query.setlist("shape", shapes)
    query["starred"], query["when"] = str(int(is_starred)), str(when)
    query["from"], query["to"] = str(since), str(until)
    filters = Filters.read(query)
    assert Filters.read(QueryDict(filters.as_query())) == filters
    assert filters.is_empty == (filters.as_query() == "")
