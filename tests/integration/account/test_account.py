"""One's own account: a new password, a new address, name and picture."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.utils import timezone
from django_q.models import OrmQ

from studio.kit.clock import team_today
from studio.notifying.models import Kind, Notification
from studio.people.models import User
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.chores import do_chores
from tests.pictures import encode, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

PAGE = "/account/"
RESET = "/accounts/password/reset/"
PASSWORD = "quite a good password"


def post(client: StrictClient, address: str, **data: Any) -> str:
    """Post a form, follow it, and return the words of the page that it leads to."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(address, data, follow=True)
    return " ".join(parse(answer.content.decode()).text().split())


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/\S+)", text)
    assert found is not None
    return found.group(1)


def test_a_forgotten_password_is_set_anew_by_mail_once(cast: Cast) -> None:
    elsewhere = cast.client(cast.viewer)
    browser = StrictClient()
    post(browser, RESET, email="Viewer@example.com")
    (sent,) = do_chores()
    assert sent.to == ["viewer@example.com"]
    link = link_in(sent.body)
    form = browser.get(link, follow=True)
    assert "Choose a password" in form.content.decode()
    assert "At least 10 characters" in form.content.decode()
    address = form.redirect_chain[-1][0]
    assert "too short" in post(browser, address, password1="short")
    assert "Your password is changed" in post(browser, address, password1=PASSWORD)
    assert [told.subject for told in do_chores()] == ["Your password for Studio was changed"]
    assert elsewhere.get(PAGE).status_code == 302, "other browsers are signed out"
    assert browser.login(email="viewer@example.com", password=PASSWORD)
    assert "This link no longer works" in StrictClient().get(link, follow=True).content.decode()


def test_nobody_learns_who_has_an_account(cast: Cast) -> None:
    known = post(StrictClient(), RESET, email="viewer@example.com")
    assert [sent.to for sent in do_chores()] == [["viewer@example.com"]]
    for stranger in ("nobody@example.com", "deactivated@example.com"):
        assert post(StrictClient(), RESET, email=stranger) == known
        assert OrmQ.objects.count() == 1, "the same work, whether there is an account or not"
        assert do_chores() == []


def test_without_a_mail_server_an_admin_sees_who_asked_for_a_new_password(cast: Cast) -> None:
    admin, page = cast.client(cast.admin), "/admin/people/"
    assert "Asked for a new password" not in admin.get(page).content.decode()
    for _ in range(2):
        post(StrictClient(), RESET, email="viewer@example.com")
    post(StrictClient(), RESET, email="nobody@example.com")
    do_chores()
    (section,) = parse(admin.get(page).content.decode()).find_all("section[aria-labelledby=asked-heading]")
    assert section.text().count("viewer@example.com") == 1
    form = section.find("form")
    assert form is not None
    assert "/welcome/" in admin.post(form.attrs["action"]).content.decode()
    assert "Asked for a new password" not in admin.get(page).content.decode()


def test_a_new_address_is_used_when_it_is_confirmed_and_both_are_told(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    said = post(client, f"{PAGE}email", email="New@example.com")
    assert "new@example.com waits to be confirmed" in said
    (sent,) = do_chores()
    assert sent.to == ["new@example.com"]
    link = link_in(sent.body)
    assert link in cast.client(cast.admin).get("/admin/people/").content.decode(), "no mail server is set up"
    stranger = StrictClient()
    assert "The viewer signs in with new@example.com" in parse(stranger.get(link).content.decode()).text()
    assert User.objects.get(pk=cast.viewer.pk).email == "viewer@example.com", "opening it changes nothing"
    post(stranger, link)
    assert User.objects.get(pk=cast.viewer.pk).email == "new@example.com"
    told = do_chores()
    assert [one.to for one in told] == [["viewer@example.com"], ["new@example.com"]]
    assert "sign in to Studio with new@example.com" in told[0].body
    assert stranger.get(link).status_code == 404


def test_an_address_of_somebody_else_is_told_so_and_nobody_else_learns_it(cast: Cast) -> None:
    said = post(cast.client(cast.viewer), f"{PAGE}email", email="manager@example.com")
    assert "waits to be confirmed" in said
    (sent,) = do_chores()
    assert sent.to == ["manager@example.com"]
    assert "belongs to your account already" in sent.body
    assert "http" not in sent.body
    assert "manager@example.com waits" not in cast.client(cast.admin).get("/admin/people/").content.decode()


def test_a_change_that_was_asked_for_anew_or_withdrawn_kills_its_link(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    links = []
    for email in ("first@example.com", "second@example.com"):
        post(client, f"{PAGE}email", email=email)
        links.append(link_in(do_chores()[0].body))
    assert [StrictClient().get(link).status_code for link in links] == [404, 200]
    post(client, f"{PAGE}email/forget")
    assert StrictClient().get(links[1]).status_code == 404


def test_a_name_with_a_line_break_is_no_header_of_a_mail(cast: Cast) -> None:
    User.objects.filter(pk=cast.admin.pk).update(name="Ada\r\nBcc: all@example.com <b>")
    data = {"addresses": "nora@example.com", "team_role": "member", "project_role": "viewer"}
    post(cast.client(cast.admin), "/admin/people/invite/", **data)
    (sent,) = do_chores()
    assert sent.subject == "Ada Bcc: all@example.com <b> invited you to Studio"
    assert sent.message()["Bcc"] is None
    assert "\nChoose a password, and you are in: http://testserver/join/" in sent.body


def test_name_and_picture_are_shown_to_others_and_the_picture_can_be_removed(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    assert "Vera" in post(client, PAGE, name="Vera")
    assert "not a PNG, JPEG or WebP" in post(
        client, f"{PAGE}picture", picture=SimpleUploadedFile("a.png", b"GIF89a")
    )
    post(client, f"{PAGE}picture", picture=SimpleUploadedFile("me.png", encode(), "image/png"))
    other = cast.client(cast.manager)
    shown = parse(other.get("/p/spring/members/").content.decode()).find(".who .avatar img")
    assert shown is not None
    make_image(cast.project, cast.viewer)
    for page, place in (("/p/spring/", ".batch .avatar img"), ("/p/spring/gallery/", ".cap .avatar img")):
        beside_images = parse(other.get(page).content.decode()).find(place)
        assert beside_images is not None, page
        assert beside_images.attrs["src"] == shown.attrs["src"]
    answer = other.get(str(shown.attrs["src"]))
    assert answer["Content-Type"] == "image/webp"
    assert answer.content.startswith(b"RIFF")
    post(client, f"{PAGE}picture/remove")
    assert other.get(str(shown.attrs["src"])).status_code == 404


def test_what_comes_by_mail_is_chosen(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    post(client, f"{PAGE}mail", kind=["finished"])
    page = parse(client.get(PAGE).content.decode())
    ticked = [box.attrs["value"] for box in page.find_all(".choices input") if "checked" in box.attrs]
    assert ticked == ["finished"]


def test_times_are_shown_by_ones_own_clock_and_money_is_counted_by_the_teams(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    assert "Select a valid choice" in post(client, PAGE, name="Vera", time_zone="Mars/Olympus")
    post(client, PAGE, name="Vera", time_zone="Pacific/Kiritimati")
    told = Notification.objects.create(person=cast.viewer, kind=Kind.ROLE_CHANGED, role="viewer")
    Notification.objects.filter(pk=told.pk).update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert "2 Mar 2026, 02:00" in client.get("/notifications/").content.decode()
    assert "1 Mar 2026, 12:00" not in client.get("/notifications/").content.decode()
    with timezone.override("Pacific/Kiritimati"):
        assert team_today() == datetime.now(UTC).date()
