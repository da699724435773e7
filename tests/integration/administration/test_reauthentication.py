"""Keys, limits and roles are changed only by who has just given a password."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.administration.reauthentication import MOST_KEPT
from studio.spending.models import Quota
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
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
    assert [field.attrs["name"] for field in parse(shown).find_all("[autofocus]")] == ["password"]
    wrong = stale.post(asked.headers["Location"], {"password": "wrong"})
    assert "Incorrect password." in wrong.content.decode()
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


LIMITS = "/admin/quotas/"
FROM = {"Referer": f"http://testserver{LIMITS}?project=1"}


def confirm(client: StrictClient, asked: Any) -> Element:
    """Give the password where it is asked for, and return the page that comes then."""
    came = client.post(asked.headers["Location"], {"password": PASSWORD})
    return parse(client.get(came.headers["Location"]).content.decode())


def forms(page: Element) -> list[tuple[str, dict[str, str]]]:
    """Return where each form of the page goes, and what it sends."""
    return [
        (
            form.attrs.get("action", ""),
            {one.attrs["name"]: one.attrs["value"] for one in form.find_all("input")},
        )
        for form in page.find_all(".auth-form form")
    ]


def test_what_was_typed_is_sent_after_the_password(stale: StrictClient) -> None:
    asked = stale.post(LIMITS, {"0-0-day-images": "7", "0-0-month-images": ""}, headers=FROM)
    shown = stale.get(asked.headers["Location"]).content.decode()
    assert "Nothing was changed yet. What you typed is kept while you confirm that it’s you." in shown
    page = confirm(stale, asked)
    assert not Quota.objects.exists()
    (action, fields), _ = forms(page)
    assert stale.post(action, fields).status_code == 302
    assert Quota.objects.get().max_images == 7
    assert stale.get("/admin/go-on/").status_code == 302, "it was sent and doesn't wait any more"
    assert "0-0-day-images" not in str(dict(stale.session.items()))


def test_what_was_typed_can_be_left(stale: StrictClient) -> None:
    page = confirm(stale, stale.post(LIMITS, {"0-0-day-images": "7"}, headers=FROM))
    _, (action, fields) = forms(page)
    left = stale.post(action or "/admin/go-on/", fields)
    assert left.headers["Location"] == f"{LIMITS}?project=1"
    assert "Nothing was changed." in stale.get(LIMITS).content.decode()
    assert not Quota.objects.exists()
    assert "0-0-day-images" not in str(dict(stale.session.items()))


@pytest.mark.parametrize("referer", ["http://elsewhere.example//evil.example/x", "http://[broken"])
def test_who_leaves_it_stays_with_us(stale: StrictClient, referer: str) -> None:
    confirm(stale, stale.post(LIMITS, {"0-0-day-images": "7"}, headers={"Referer": referer}))
    assert not stale.post("/admin/go-on/").headers["Location"].startswith("//")


@pytest.mark.parametrize(
    "sent",
    [
        {"schema": "x" * MOST_KEPT},
        {"schema": "", "file": SimpleUploadedFile("schema.json", b"{}")},
    ],
)
def test_what_cannot_be_kept_whole_is_not_kept(stale: StrictClient, sent: dict[str, Any]) -> None:
    asked = stale.post("/admin/catalogue/add/", {"name": "canary", **sent})
    assert "canary" not in str(dict(stale.session.items()))
    shown = stale.get(asked.headers["Location"]).content.decode()
    assert "Nothing was changed yet. Confirm that it’s you, then do it again." in shown


def test_reading_needs_no_password(stale: StrictClient) -> None:
    assert stale.get("/admin/people/").status_code == 200
