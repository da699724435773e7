"""What somebody whose session has ended meets."""

import pytest

from tests.cast import Cast


def test_a_page_leads_to_the_sign_in_and_back(cast: Cast) -> None:
    answer = cast.client().get("/p/spring/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/p/spring/"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(cast: Cast) -> None:
    answer = cast.client().get(
        "/p/spring/cards?ids=1",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/p/spring/?model=1"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fp%2Fspring%2F"
    assert answer.content == b""


@pytest.mark.parametrize("address", ["", "http://[broken"])
def test_a_broken_address_of_the_page_leads_home(cast: Cast, address: str) -> None:
    answer = cast.client().get("/p/spring/", headers={"HX-Request": "true", "HX-Current-URL": address})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2F"


def test_a_form_leads_back_to_its_page_not_to_where_it_was_sent(cast: Cast) -> None:
    answer = cast.client().post("/p/spring/generate", headers={"Referer": "http://testserver/p/spring/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=%2Fp%2Fspring%2F"
