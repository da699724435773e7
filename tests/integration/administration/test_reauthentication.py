"""Keys, limits and roles are changed only by who has just given a password."""

import pytest

from tests.bench.client import StrictClient
from tests.cast import Cast, confirm_password
from tests.factories import PASSWORD


@pytest.fixture
def stale(cast: Cast) -> StrictClient:
    """An admin who gave the password an hour ago."""
    client = cast.client(cast.admin)
    confirm_password(client, cast.admin, seconds_ago=60 * 60)
    return client


def test_a_change_asks_for_the_password_and_leads_back(stale: StrictClient, cast: Cast) -> None:
    role = f"/admin/people/{cast.viewer.pk}/role/"
    page = "http://testserver/admin/people/?q=x"
    asked = stale.post(role, {"role": "admin"}, headers={"Referer": page})
    assert asked.headers["Location"] == "/accounts/reauthenticate/?next=%2Fadmin%2Fpeople%2F%3Fq%3Dx"
    cast.viewer.refresh_from_db()
    assert not cast.viewer.is_admin
    shown = stale.get(asked.headers["Location"]).content.decode()
    assert "Nothing was changed yet. Confirm that it’s you" in shown
    wrong = stale.post(asked.headers["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    back = stale.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == "/admin/people/?q=x"
    stale.post(role, {"role": "admin"})
    cast.viewer.refresh_from_db()
    assert cast.viewer.is_admin


def test_who_has_just_signed_in_is_not_asked_again(cast: Cast) -> None:
    client = StrictClient()
    client.post("/accounts/login/", {"login": cast.admin.email, "password": PASSWORD})
    client.post(f"/admin/people/{cast.viewer.pk}/role/", {"role": "admin"})
    cast.viewer.refresh_from_db()
    assert cast.viewer.is_admin


def test_another_persons_password_does_not_count(stale: StrictClient, cast: Cast) -> None:
    confirm_password(stale, cast.manager)
    asked = stale.post(f"/admin/people/{cast.viewer.pk}/role/", {"role": "admin"})
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")


def test_htmx_is_led_there_as_a_whole_page(stale: StrictClient, cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example//evil.example/x"}
    answer = stale.post(f"/admin/people/{cast.viewer.pk}/role/", {"role": "admin"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/accounts/reauthenticate/?next=")


def test_what_was_sent_is_not_kept_in_the_session(stale: StrictClient, cast: Cast) -> None:
    stale.post("/admin/people/", {"email": "canary@example.com", "role": "member"})
    assert "canary" not in str(dict(stale.session.items()))


def test_reading_needs_no_password(stale: StrictClient) -> None:
    assert stale.get("/admin/people/").status_code == 200
