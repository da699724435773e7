"""Signing in and out, and the one-time link."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.urls import reverse
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.kit.clock import now
from studio.people.actions import add_person, deactivate_person, make_password_link
from studio.people.models import PasswordLink, TeamRole, User
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.factories import PASSWORD

pytestmark = pytest.mark.any_database

NEW_PASSWORD = "quite another password"


def sign_in(client: StrictClient, email: str, password: str = PASSWORD, **extra: str) -> int:
    return client.post(reverse("account_login"), {"login": email, "password": password, **extra}).status_code


@pytest.fixture
def newcomer(cast: Cast) -> User:
    return add_person(email="Nora@Example.com ", name="", role=TeamRole.MEMBER, by=cast.admin)


def open_link(client: StrictClient, token: str, **data: str):  # type: ignore[no-untyped-def]
    url = reverse("people:welcome", args=[token])
    return client.post(url, data) if data else client.get(url)


def begun_at(response: HttpResponse) -> str | None:
    """Return the name of the field that has the focus."""
    (field,) = parse(response.content.decode()).find_all("[autofocus]")
    return field.attrs.get("name")


def test_sign_in_with_the_address_in_any_case(cast: Cast, client: StrictClient) -> None:
    assert sign_in(client, "Viewer@Example.COM") == 302
    assert client.get("/").status_code == 200


def test_wrong_password_is_refused_with_a_sentence(cast: Cast, client: StrictClient) -> None:
    assert begun_at(client.get(reverse("account_login"))) == "login"
    response = client.post(reverse("account_login"), {"login": "viewer@example.com", "password": "wrong"})
    assert "The e-mail or the password is not correct." in response.content.decode()
    assert begun_at(response) == "password"
    assert client.get("/").status_code == 302


def test_deactivated_person_cant_sign_in(cast: Cast, client: StrictClient) -> None:
    sign_in(client, "deactivated@example.com")
    assert client.get("/").status_code == 302


def test_deactivation_ends_open_sessions(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    deactivate_person(person=cast.viewer, by=cast.admin)
    assert client.get("/").status_code == 302


def test_signing_out_asks_for_a_post(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    client.post(reverse("account_logout"))
    assert client.get("/").status_code == 302
    assert AuditEntry.objects.filter(verb="session.closed", actor=cast.viewer).count() == 1


def test_sign_up_is_closed(client: StrictClient, db: None) -> None:
    response = client.post(reverse("account_signup"), {"email": "a@b.example", "password1": PASSWORD})
    assert response.status_code == 200
    assert not User.objects.exists()


def test_password_is_changed_and_other_sessions_end(cast: Cast) -> None:
    here, elsewhere = cast.client(cast.viewer), cast.client(cast.viewer)
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert here.post(reverse("account_change_password"), fields).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_link_lets_a_newcomer_in_once(cast: Cast, newcomer: User, client: StrictClient) -> None:
    token = make_password_link(person=newcomer, by=cast.admin)
    assert "nora@example.com" in open_link(client, token).content.decode()
    response = open_link(client, token, name="Nora", password=NEW_PASSWORD)
    assert response.status_code == 302
    page = client.get(reverse("projects:list"))
    assert "Nora" in page.content.decode()

    again = open_link(StrictClient(), token, name="Eve", password="some other password")
    assert again.status_code == 410
    assert "has been used" in again.content.decode()
    newcomer.refresh_from_db()
    assert newcomer.name == "Nora"
    assert newcomer.check_password(NEW_PASSWORD)


def test_weak_password_is_refused_and_the_link_still_works(
    cast: Cast, newcomer: User, client: StrictClient
) -> None:
    token = make_password_link(person=newcomer, by=cast.admin)
    response = open_link(client, token, name="Nora", password="nora")
    assert response.status_code == 422
    assert "too short" in response.content.decode()
    assert open_link(client, token, name="Nora", password=NEW_PASSWORD).status_code == 302


def test_expired_link_says_so(cast: Cast, newcomer: User, client: StrictClient) -> None:
    token = make_password_link(person=newcomer, by=cast.admin)
    PasswordLink.objects.update(expires_at=now() - timedelta(seconds=1))
    response = open_link(client, token, name="Nora", password=NEW_PASSWORD)
    assert response.status_code == 410
    assert "has expired" in response.content.decode()


def test_unknown_link_says_so(client: StrictClient, db: None) -> None:
    response = open_link(client, "nonsense")
    assert response.status_code == 404
    assert "doesn’t work" in response.content.decode()


def test_newer_link_replaces_the_older(cast: Cast, newcomer: User, client: StrictClient) -> None:
    older = make_password_link(person=newcomer, by=cast.admin)
    newer = make_password_link(person=newcomer, by=cast.admin)
    assert open_link(client, older).status_code == 404
    assert open_link(client, newer).status_code == 200


def test_link_of_a_deactivated_person_is_dead(cast: Cast, newcomer: User, client: StrictClient) -> None:
    token = make_password_link(person=newcomer, by=cast.admin)
    deactivate_person(person=newcomer, by=cast.admin)
    assert open_link(client, token).status_code == 404


def test_only_the_digest_of_a_token_is_stored(cast: Cast, newcomer: User) -> None:
    token = make_password_link(person=newcomer, by=cast.admin)
    stored = str(list(PasswordLink.objects.values())) + str(list(AuditEntry.objects.values()))
    assert token not in stored


def test_pages_leave_no_copy_and_tell_no_other_site(cast: Cast, newcomer: User, client: StrictClient) -> None:
    response = open_link(client, make_password_link(person=newcomer, by=cast.admin))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


class CountingHasher(MD5PasswordHasher):
    """Hashes as the tests do, and counts how often: each takes a third of a second in an installation."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return str(super().encode(password, salt))


@pytest.mark.parametrize(
    "email",
    [
        "viewer@example.com",
        "deactivated@example.com",
        "nobody@example.com",
        "x" * 300 + "@example.com",
    ],
)
def test_an_unknown_account_takes_as_many_hashes_as_a_known_one(
    cast: Cast, client: StrictClient, settings: Settings, email: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.count = 0
    response = client.post(reverse("account_login"), {"login": email, "password": "wrong"})
    assert response.status_code == 200
    assert CountingHasher.count == 1
