"""What a person sees when something can't be shown."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test import override_settings
from django.urls import reverse

from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.rules import assert_clean_markup
from tests.cast import Cast
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
