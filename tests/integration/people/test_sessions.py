"""Where somebody is signed in, and that it ends at once and for nobody else."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from studio.audit.models import AuditEntry
from studio.people.browsers import words_for_browser
from studio.people.models import User
from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def sign_in(person: User, browser: str) -> StrictClient:
    client = StrictClient(headers={"user-agent": browser})
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_every_place_is_listed_and_one_is_here(cast: Cast) -> None:
    desk, phone = sign_in(cast.viewer, FIREFOX), sign_in(cast.viewer, SAFARI)
    sign_in(cast.manager, FIREFOX)
    text = desk.get(PAGE).content.decode()
    assert "Firefox on Linux" in text
    assert "Safari on an iPhone" in text
    assert text.count("127.0.0.1, since") == 2
    assert text.count(">Here<") == 1
    assert text.index("Firefox") < text.index(">Here<") < text.index("Safari")
    phone.post("/accounts/logout/")
    assert "Safari" not in desk.get(PAGE).content.decode()


def test_one_place_ends_and_the_others_stay(cast: Cast) -> None:
    desk, phone = sign_in(cast.viewer, FIREFOX), sign_in(cast.viewer, SAFARI)
    text = desk.get(PAGE).content.decode()
    address = text[text.index("/account/sessions/", text.index("Safari")) :].split('"')[0]
    answer = desk.post(address, follow=True)
    assert "You are signed out there." in answer.content.decode()
    assert is_in(desk)
    assert not is_in(phone)
    assert "any more" in desk.post(address, follow=True).content.decode()


def test_nobody_ends_somebody_elses_place(cast: Cast) -> None:
    mine, theirs = sign_in(cast.viewer, FIREFOX), sign_in(cast.manager, SAFARI)
    text = theirs.get(PAGE).content.decode()
    other = sign_in(cast.manager, FIREFOX).get(PAGE).content.decode()
    address = other[other.index("/account/sessions/", other.index("Safari")) :].split('"')[0]
    mine.post(address)
    assert is_in(theirs)
    assert ">Here<" in text


def test_everywhere_else_ends_what_the_list_does_not_know_too(cast: Cast) -> None:
    desk, phone, unlisted = (
        sign_in(cast.viewer, FIREFOX),
        sign_in(cast.viewer, SAFARI),
        cast.client(cast.viewer),
    )
    other = cast.client(cast.manager)
    answer = desk.post(f"{PAGE}end-others", follow=True)
    assert "You are signed out of 2 other places." in answer.content.decode()
    assert [is_in(each) for each in (desk, phone, unlisted, other)] == [True, False, False, True]
    assert AuditEntry.objects.get(verb="session.ended").details["places"] == 2
    assert "only here" in desk.post(f"{PAGE}end-others", follow=True).content.decode()


def test_what_has_expired_is_not_listed(cast: Cast) -> None:
    desk = sign_in(cast.viewer, FIREFOX)
    phone = sign_in(cast.viewer, SAFARI)
    Session.objects.filter(pk=phone.session.session_key).delete()
    assert "Safari" not in desk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on a Mac"),
        ("curl/8.0", "Something that names no browser"),
        ("<script>", "Something that names no browser"),
    ],
)
def test_browsers_have_names(header: str, words: str) -> None:
    assert words_for_browser(header) == words
