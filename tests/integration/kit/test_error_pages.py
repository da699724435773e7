"""What a person sees when something can't be shown."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import get_template
from django.test import override_settings
from django.urls import reverse

from project.spooling import Handler
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.rules import assert_clean_markup
from tests.cast import Cast
from tests.full_disk import no_room
from tests.pictures import make_image


def heading(html: str) -> str:
    title = parse(html).find("h1")
    return title.text() if title else ""


def test_an_unknown_address_is_nothing_here(cast: Cast) -> None:
    response = cast.client(cast.viewer).get("/nowhere/")
    assert response.status_code == 404
    assert heading(response.content.decode()) == "Nothing hangs here"


def test_the_page_for_a_crash_needs_neither_request_nor_context() -> None:
    html = get_template("500.html").render()
    assert heading(html) == "Something broke on our side"
    assert_clean_markup(html)


def test_a_form_from_elsewhere_is_refused_in_words(cast: Cast) -> None:
    client = StrictClient(enforce_csrf_checks=True)
    client.force_login(cast.viewer)
    response = client.post("/accounts/logout/")
    assert response.status_code == 403
    assert heading(response.content.decode()) == "This form is no longer valid"


@override_settings(ALLOWED_HOSTS=["studio.example"])
def test_a_damaged_request_is_told_so(client: StrictClient) -> None:
    response = client.get("/accounts/login/")
    assert response.status_code == 400
    assert heading(response.content.decode()) == "We couldn’t read that"


def test_a_refusal_shows_its_sentence_on_a_page_and_in_a_toast(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    page = client.get(f"/p/{cast.project.slug}/settings/")
    assert page.status_code == 403
    assert "Only managers of this project" in parse(page.content.decode()).text()
    toast = client.get(f"/p/{cast.project.slug}/settings/", headers={"HX-Request": "true"})
    assert toast.status_code == 403
    assert parse(toast.content.decode()).find("[data-toast=bad]") is not None
    assert parse(toast.content.decode()).find("h1") is None


@pytest.mark.any_database
@pytest.mark.parametrize(
    "form", [{"prompt": "a" * 3_000_000}, {f"field-{n}": "" for n in range(10_001)}], ids=["text", "fields"]
)
def test_too_large_a_form_is_refused_in_words(cast: Cast, form: dict[str, str]) -> None:
    client = cast.client(cast.contributor)
    address = reverse("generation:generate", args=[cast.project.slug])
    toast = client.post(address, form, headers={"HX-Request": "true"})
    assert toast.status_code == 413
    said = parse(toast.content.decode()).find("[data-toast=bad]")
    assert said
    assert "too much for one form" in said.text()
    assert "too much for one form" in parse(client.post(address, form).content.decode()).text()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_write_is_said_and_that_it_passes(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    client = cast.client(cast.contributor)
    with takes_no_write():
        page = client.post(reverse("gallery:star", args=[cast.project.slug, image.pk]), {"is_starred": "1"})
    assert page.status_code == 503
    assert heading(page.content.decode()) == "Not just now"


@contextmanager
def takes_no_write() -> Iterator[None]:
    """Have the database refuse to write, as a read-only disk or a stand-by server does."""
    is_postgres = connection.vendor == "postgresql"
    off, on = (
        ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
        if is_postgres
        else ("PRAGMA query_only = on", "PRAGMA query_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            yield
        finally:
            cursor.execute(on)


@pytest.mark.any_database
def test_an_upload_that_finds_no_room_is_said_so(cast: Cast) -> None:
    """Django writes a large one to the temp folder while it reads the form, before any view is asked."""
    client = cast.client(cast.contributor)
    large = SimpleUploadedFile("large.png", bytes(2_000_000), "image/png")
    with no_room():
        page = client.post(reverse("generation:upload", args=[cast.project.slug]), {"file": large})
    assert page.status_code == 507
    assert heading(page.content.decode()) == "Not just now"
    assert "disk is full. Nothing was saved" in parse(page.content.decode()).text()


@pytest.mark.any_database
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
@pytest.mark.django_db(transaction=True)
def test_a_body_that_finds_no_room_is_heard_to_its_end_and_refused_in_words(kind: str) -> None:
    """The server spools what comes even before Django has a request."""
    pieces, answer = [bytes(600_000)] * 3, []

    async def receive() -> dict[str, object]:
        if not pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

    async def send(message: dict[str, object]) -> None:
        answer.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/accounts/login/",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", kind.encode()),
            (b"content-length", b"1800000"),
        ],
    }
    with no_room():
        asyncio.run(Handler()(scope, receive, send))
    assert pieces == []
    assert answer[0]["status"] == 507
    html = b"".join(message["body"] for message in answer[1:]).decode()
    assert heading(html) == "Not just now"


def test_an_address_opened_in_the_wrong_way_says_so(cast: Cast) -> None:
    client = cast.client(cast.contributor)
    response = client.get(f"/p/{cast.project.slug}/generate")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert heading(response.content.decode()) == "This can’t be done"


def test_the_settings_tab_is_for_managers(cast: Cast) -> None:
    address = f"/p/{cast.project.slug}/members/"
    settings = f'[href="/p/{cast.project.slug}/settings/"]'
    for person, is_offered in ((cast.manager, True), (cast.admin, True), (cast.viewer, False)):
        page = parse(cast.client(person).get(address).content.decode())
        assert (page.find(f"a{settings}") is not None) is is_offered
