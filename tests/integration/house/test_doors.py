"""What holds for every address: closed to other sites, never cached by others, and reading changes nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from studio.projects.models import Project
from tests.cast import Cast
from tests.integration.access.gallery import an_image
from tests.integration.access.test_access import ROWS, undone

pytestmark = pytest.mark.any_database

READ = [row for row in ROWS if row.method == "GET"]
# A session is touched, a cached answer kept, and who was refused or took data away is written down. Whether Studio is
# ready is known when it could write. That a shared link was opened is counted. Of whom it gives a new password allauth
# copies the address into a table of its own.
_TABLES = (
    "account_emailaddress|django_session|studio_cache|studio_auditentry|studio_notedmoment|studio_sharelink"
)
_NOTED = re.compile(rf"(INSERT INTO|UPDATE|DELETE FROM) \"({_TABLES})\"")
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|DROP|ALTER|CREATE)\b")


@contextmanager
def noted_writes() -> Iterator[list[str]]:
    """Collect what is written to the tables of the app."""
    writes: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql) and not _NOTED.match(sql):
            writes.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield writes


def problems_of(response: HttpResponseBase) -> list[str]:
    """Return what an answer lacks."""
    headers = response.headers
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    found = [f"{name}: {headers.get(name)}" for name, value in expected.items() if headers.get(name) != value]
    # The pages of a shared link don't even tell Studio itself where somebody came from.
    if headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append(f"Referrer-Policy: {headers.get('Referrer-Policy')}")
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or re.search(r"script-src[^;]*unsafe", policy):
        found.append(f"Content-Security-Policy: {policy}")
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("Permissions-Policy")
    cached = headers.get("Cache-Control", "")
    if "public" in cached or not re.search(r"private|no-store|no-cache", cached):
        found.append(f"Cache-Control: {cached}")
    return found


@pytest.mark.parametrize("who", ["anonymous", "admin", "stranger"])
def test_every_answer_is_closed_to_others_and_reading_changes_nothing(who: str, cast: Cast) -> None:
    found: dict[str, list[str]] = {}
    for row in READ:
        with undone():
            client = cast.client() if who == "anonymous" else cast.client(getattr(cast, who))
            address = reverse(row.route, kwargs=dict(row.kwargs(cast)))
            data = dict(row.data(cast))
            with noted_writes() as writes:
                response = client.get(address, data, headers=dict(row.headers))
            if problems := problems_of(response) + writes:
                found[str(row)] = problems
    assert found == {}


@pytest.fixture
def served_files(settings: Settings) -> None:
    """Let this process answer with static files from where they are written."""
    settings.SERVESTATIC_USE_FINDERS = settings.SERVESTATIC_AUTOREFRESH = True


@pytest.mark.parametrize(
    ("address", "status"),
    [("/static/js/theme-switch.js", 200), ("/nothing/here", 404), ("/p/../", 404), ("/favicon.ico", 404)],
)
@pytest.mark.usefixtures("served_files")
def test_static_files_and_what_is_not_there_are_closed_too(
    address: str, status: int, client: Client, db: None
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert [one for one in problems_of(answer) if not one.startswith("Cache-Control")] == []


@pytest.mark.usefixtures("served_files")
def test_a_static_file_comes_by_https_where_pages_do(settings: Settings, client: Client, db: None) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    for address in ("/static/js/theme-switch.js", "/accounts/login/"):
        plain = client.get(address)
        assert (plain.status_code, plain.headers["Location"]) == (301, f"https://testserver{address}")
        assert client.get(address, secure=True).headers["Strict-Transport-Security"] == "max-age=3600"


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "http://testserver.example", "file://"]
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"Content-Type": "text/plain"}], ids=str)
def test_what_another_site_sends_is_refused_before_anything_happens(
    origin: str, headers: dict[str, str], cast: Cast
) -> None:
    client = _careful_browser(cast)
    token = client.cookies["csrftoken"].value
    answer = client.post(
        reverse("projects:archive", args=[cast.project.slug]),
        {"csrfmiddlewaretoken": token},
        headers={"Origin": origin, "X-CSRFToken": token, **headers},
    )
    assert answer.status_code == 403
    assert not Project.objects.get(pk=cast.project.pk).is_archived


def test_what_our_own_page_sends_is_done(cast: Cast) -> None:
    client = _careful_browser(cast)
    token = client.cookies["csrftoken"].value
    address = reverse("projects:archive", args=[cast.project.slug])
    own = {"Origin": "http://testserver"}
    assert client.post(address, {"csrfmiddlewaretoken": "wrong"}, headers=own).status_code == 403
    assert client.post(address, {"csrfmiddlewaretoken": token}, headers=own).status_code == 302
    assert Project.objects.get(pk=cast.project.pk).is_archived


def _careful_browser(cast: Cast) -> Client:
    """Return a browser of the manager's that has opened a page and is held to the token of its forms."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.manager)
    client.get(reverse("projects:settings", args=[cast.project.slug]))
    return client


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "///elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "http:elsewhere.example",
        "/%09/elsewhere.example",
        "\thttps://elsewhere.example",
    ],
)
def test_a_sign_in_leads_to_our_own_pages_only(address: str, cast: Cast) -> None:
    cast.viewer.set_password("a-long-password-17")
    cast.viewer.save()
    answer = cast.client().post(
        reverse("account_login"),
        {"login": cast.viewer.email, "password": "a-long-password-17", "next": address},
    )
    assert answer.status_code == 302
    assert re.match(r"/(?![/\\])", answer["Location"])


def test_who_asks_too_often_waits_and_nobody_else(cast: Cast, settings: Settings) -> None:
    settings.REQUESTS_PER_MINUTE = 3
    eager, calm = cast.client(cast.viewer), cast.client(cast.contributor)
    address = reverse("gallery:project", args=[cast.project.slug])
    for _ in range(3):
        assert eager.get(address, {"q": "sea"}).status_code == 200
    refused = eager.get(address, {"q": "sea"})
    assert refused.status_code == 429
    assert 50 <= int(refused["Retry-After"]) <= 60
    assert "Try again in" in refused.content.decode()
    assert eager.get(address).status_code == 200
    assert calm.get(address, {"q": "sea"}).status_code == 200


@pytest.mark.parametrize("path", ["file/", "thumb/320.webp"])
def test_no_spelling_of_its_address_shows_a_picture_to_a_stranger(path: str, cast: Cast) -> None:
    slug = cast.project.slug
    number = an_image(cast)["image_id"]
    own = f"/p/{slug}/images/{number}/{path}"
    spellings = [
        own,
        f"//p/{slug}/images/{number}/{path}",
        f"/P/{slug.upper()}/images/{number}/{path}",
        f"/p/{slug}/images/{number}/{path.rstrip('/')}",
        f"/p/%2e/p/{slug}/images/{number}/{path}",
        f"/p/elsewhere/../{slug}/images/{number}/{path}",
        f"/p/elsewhere/images/{number}/{path}",
        f"/p/{slug}/images/0{number}/{path}",
        f"/p/{slug}/images/{number}/{path}%00",
        "/media/",
        "/media/images/1.png",
        "/data/media/images/1.png",
        "/static/../data/studio.sqlite3",
        "/static/%2e%2e/data/studio.sqlite3",
        "/studio.sqlite3",
    ]
    stranger = cast.client(cast.stranger)
    got = {address: stranger.get(address, follow=True).status_code for address in spellings}
    assert got == dict.fromkeys(spellings, 404)
    assert cast.client(cast.viewer).get(own).status_code == 200
