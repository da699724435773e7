"""What a provider, or somebody in its place, may answer without anybody being signed in by it."""

import base64
import hmac
import json
import logging
import socket
import time
from collections.abc import Callable
from functools import partial

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.urls import reverse
from pytest_django import Settings

from project.company import Company
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.company_provider import (
    BEGIN,
    CLIENT_SECRET,
    OWN_KEY,
    Claims,
    CompanyProvider,
    begin,
    come_by,
    private_key,
    sign_honestly,
)
from tests.leaks import Search

pytestmark = pytest.mark.any_database
CONFIGURATION = "/.well-known/openid-configuration"


def sign_with_what_both_know(claims: Claims) -> str:
    return jwt.encode(claims, CLIENT_SECRET.ljust(32), algorithm="HS256", headers={"kid": "one"})


def sign_with_the_public_key(claims: Claims) -> str:
    """As if it were a secret: what everybody may know signs a token, where the token itself says how."""
    public = private_key(OWN_KEY).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = ".".join(_packed(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
    return f"{signed}.{_packed(hmac.digest(pem, signed.encode(), 'sha256'))}"


def sign_not_at_all(claims: Claims) -> str:
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "one"})


def change_after_signing(claims: Claims) -> str:
    head, _, signature = sign_honestly(claims).split(".")
    return f"{head}.{_packed(json.dumps({**claims, 'sub': 'v-2'}).encode())}.{signature}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def assert_nobody(answer, client: StrictClient, status: int, words: str) -> None:  # type: ignore[no-untyped-def]
    """Nobody came in, and the page says so in one sentence and leads back."""
    page = parse(answer.content.decode())
    assert answer.status_code == status
    assert words in page.text()
    assert page.find(f"a[href={reverse('account_login')}]")
    assert client.get("/").status_code == 302
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "sign",
    [
        partial(sign_honestly, key="somebody else's"),
        partial(sign_honestly, kid="two"),
        sign_with_what_both_know,
        sign_with_the_public_key,
        sign_not_at_all,
        change_after_signing,
        lambda claims: "no token",
        lambda claims: 7,
        lambda claims: None,
    ],
)
def test_a_token_that_the_provider_has_not_signed(
    cast: Cast, client: StrictClient, provider: CompanyProvider, sign: Callable[[Claims], str]
) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.sign = sign
    assert_nobody(come_by(client, provider, "v-1"), client, 403, "What Acme answered can’t be trusted")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another application"},
        {"aud": ["studio", "another application"], "azp": "another application"},
        {"aud": None},
        {"iss": "https://elsewhere.example.com"},
        {"iss": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"nonce": "\ud800"},
        {"exp": 1},
        {"exp": None},
        {"exp": float("inf")},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 192},
        {"sub": "nul\0"},
    ],
    ids=str,
)
def test_a_token_that_is_for_others_or_not_good(
    cast: Cast, client: StrictClient, provider: CompanyProvider, claims: Claims
) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.claims = claims
    assert_nobody(come_by(client, provider, "v-1"), client, 403, "What Acme answered can’t be trusted")


def test_a_clock_that_is_a_little_off_keeps_nobody_out(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.claims = {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}
    assert come_by(client, provider, "v-1").status_code == 302


def test_userinfo_about_somebody_else(cast: Cast, client: StrictClient, provider: CompanyProvider) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.claims = {"email": None}
    provider.faults.userinfo = {"sub": "v-2", "email": cast.admin.email}
    assert_nobody(come_by(client, provider, "v-1"), client, 403, "What Acme answered can’t be trusted")


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/keys"])
def test_answers_that_are_none(
    cast: Cast, client: StrictClient, provider: CompanyProvider, path: str
) -> None:
    provider.knows("v-1", cast.viewer.email)
    for body in (b"", b"[]", b"7", b"{", b"\xff", b"[" * 100_000, b"{}", b'{"keys": 3}'):
        provider.faults.answers = {}
        back = _leave(client, provider)
        provider.faults.answers = {path: body}
        assert_nobody(client.get(back), client, 403, "What Acme answered can’t be trusted")


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://elsewhere.example.com"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://acme.example.com/a b\r\nX-Header: 1"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    cast: Cast, client: StrictClient, provider: CompanyProvider, configuration: Claims
) -> None:
    provider.faults.configuration = configuration
    assert_nobody(client.post(BEGIN), client, 403, "What Acme answered can’t be trusted")


@pytest.mark.parametrize(
    ("status", "code", "words"), [(500, 503, "Acme doesn’t answer"), (400, 403, "can’t be trusted")]
)
@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/keys"])
def test_a_provider_that_fails(
    cast: Cast, client: StrictClient, provider: CompanyProvider, path: str, status: int, code: int, words: str
) -> None:
    provider.knows("v-1", cast.viewer.email)
    back = _leave(client, provider)
    provider.faults.statuses = {path: status}
    assert_nobody(client.get(back), client, code, words)


def test_a_provider_that_leads_elsewhere_is_not_followed(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.faults.statuses = {CONFIGURATION: 302}
    assert_nobody(client.post(BEGIN), client, 403, "can’t be trusted")


def test_a_dead_provider(cast: Cast, client: StrictClient, settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        settings.COMPANY = Company(address, "studio", CLIENT_SECRET, "Acme")
        began = time.monotonic()
        assert_nobody(client.post(BEGIN), client, 503, "Acme doesn’t answer. Try again in a few minutes")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("how", ["waits_at", "drips_at"])
def test_a_slow_provider_is_left_alone_in_time(
    cast: Cast, client: StrictClient, provider: CompanyProvider, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    provider.knows("v-1", cast.viewer.email)
    back = _leave(client, provider)
    monkeypatch.setattr("studio.company.provider.DEADLINE_S", 0.5)
    setattr(provider.faults, how, "/token")
    began = time.monotonic()
    assert_nobody(client.get(back), client, 503, "Acme doesn’t answer.")
    assert time.monotonic() - began < 3


def test_too_much_is_not_read(cast: Cast, client: StrictClient, provider: CompanyProvider) -> None:
    provider.faults.answers = {CONFIGURATION: b'{"issuer": "' + b"x" * 2_000_000 + b'"}'}
    assert_nobody(client.post(BEGIN), client, 503, "Acme doesn’t answer.")


@pytest.mark.parametrize("methods", [None, ["client_secret_basic"], ["client_secret_post"]])
def test_the_secret_is_given_as_the_provider_takes_it(
    cast: Cast, client: StrictClient, provider: CompanyProvider, methods: list[str] | None
) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.configuration = {"token_endpoint_auth_methods_supported": methods}
    assert come_by(client, provider, "v-1").status_code == 302


def test_the_secret_and_what_the_provider_says_stay_out_of_logs_pages_and_tables(
    cast: Cast, client: StrictClient, provider: CompanyProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.knows("v-1", cast.viewer.email)
    search, words = Search(CLIENT_SECRET), Search("their-own-words")
    provider.faults.answers = {
        "/token": b'{"error": "their-own-words", "error_description": "their-own-words"}'
    }
    answers = [come_by(client, provider, "v-1")]
    provider.faults.answers = {}
    answers += [come_by(client, provider, "v-1"), cast.client(cast.admin).get("/admin/settings/")]
    for look in (search, words):
        look.look("log", caplog.text)
        look.look_into_database()
        for answer in answers:
            look.look("page", answer.content)
        assert look.places == []
    assert "company.sign_in.refused reason=untrusted" in caplog.text
    assert provider.url in answers[-1].content.decode()


def _leave(client: StrictClient, provider: CompanyProvider) -> str:
    """Go to the provider, and be sent back."""
    return provider.visit(begin(client), "v-1")
