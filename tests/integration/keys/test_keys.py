"""Keys: stored encrypted, chosen, stopped, rested, and never shown."""

import io
import logging
import sys
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from studio.audit.models import AuditEntry
from studio.catalog.models import Provider
from studio.keys import queries
from studio.keys.actions import (
    KeyExists,
    UnusableKey,
    add_key,
    ensure_sandbox_keys,
    rest_key,
    resume_key,
    stop_key,
)
from studio.keys.models import ApiKey, KeyState
from studio.kit import clock
from studio.kit.crypto import WrongEncryptionKey, decrypt

pytestmark = pytest.mark.django_db
SECRET = "ms-1234567890abcdefghij"


@pytest.fixture
def provider() -> Provider:
    return Provider.objects.create(
        slug="keyed", name="Mountsea", base_url="https://api.example.com", allowed_hosts=["10.0.0.1:80"]
    )


@pytest.fixture
def sandboxed(provider: Provider, settings: Settings) -> Provider:
    settings.SANDBOX_URL = "http://127.0.0.1:9001"
    ensure_sandbox_keys()
    return provider


def usable(provider: Provider) -> list[ApiKey]:
    return queries.usable_keys(provider.pk, clock.now())


def test_a_secret_is_stored_encrypted_and_never_shown(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = add_key(provider=provider, label="Team", secret=f"  {SECRET}\n")

    assert queries.secret_of(key) == SECRET
    stored = " ".join(str(value) for value in ApiKey.objects.values_list().get(pk=key.pk))
    audited = " ".join(str(row) for row in AuditEntry.objects.values_list("verb", "details"))
    for text in (stored, audited, repr(key), str(key), repr(key.__dict__), caplog.text):
        assert SECRET not in text
    assert str(key) == "Team (…ghij)"
    assert "keys.key.added" in caplog.text


@pytest.mark.parametrize("secret", ["", "  \n", "x", "two words", "x" * 501, "schlüssel", "a\x00b", "a\nb"])
def test_what_cannot_be_a_key_is_refused_with_a_sentence(provider: Provider, secret: str) -> None:
    with pytest.raises(UnusableKey, match=r"^The API key .*\.$"):
        add_key(provider=provider, label="Team", secret=secret)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("label", ["", " ", "x" * 81, "a\nb"])
def test_a_label_must_be_a_line(provider: Provider, label: str) -> None:
    with pytest.raises(UnusableKey, match="label"):
        add_key(provider=provider, label=label, secret=SECRET)


def test_the_same_key_is_not_added_twice(provider: Provider) -> None:
    key = add_key(provider=provider, label="Team", secret=SECRET)
    with pytest.raises(KeyExists, match="has this key already: Team"):
        add_key(provider=provider, label="Other", secret=SECRET)
    stop_key(key_id=key.pk, state=KeyState.OUT_OF_CREDIT)
    with pytest.raises(KeyExists, match=f"resume_key {key.pk}"):
        add_key(provider=provider, label="Other", secret=SECRET)


def test_another_encryption_key_says_what_to_do(provider: Provider, settings: Settings) -> None:
    key = add_key(provider=provider, label="Team", secret=SECRET)
    old = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *old]
    assert decrypt(key.secret_encrypted) == SECRET
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(WrongEncryptionKey, match="STUDIO_ENCRYPTION_KEYS"):
        queries.secret_of(key)


def test_the_sandbox_answers_until_there_is_a_real_key(sandboxed: Provider) -> None:
    assert [key.is_sandbox for key in usable(sandboxed)] == [True]
    assert queries.is_sandbox(sandboxed)
    assert not queries.has_real_key()
    assert queries.endpoint_of(usable(sandboxed)[0]) == queries.Endpoint(
        "http://127.0.0.1:9001", ("127.0.0.1:9001",)
    )

    real = add_key(provider=sandboxed, label="Team", secret=SECRET)
    assert usable(sandboxed) == [real]
    assert not queries.is_sandbox(sandboxed)
    assert queries.has_real_key()
    assert queries.endpoint_of(real) == queries.Endpoint("https://api.example.com", ("10.0.0.1:80",))


def test_a_stopped_real_key_is_not_replaced_by_the_sandbox(sandboxed: Provider) -> None:
    real = add_key(provider=sandboxed, label="Team", secret=SECRET)
    assert stop_key(key_id=real.pk, state=KeyState.UNAUTHORISED)
    assert not stop_key(key_id=real.pk, state=KeyState.OUT_OF_CREDIT)
    assert usable(sandboxed) == []
    assert "refused the API key" in queries.waiting_reason(sandboxed)
    assert resume_key(key_id=real.pk)
    assert usable(sandboxed) == [real]
    assert queries.waiting_reason(sandboxed) == ""


def test_the_sandbox_key_only_rests(sandboxed: Provider) -> None:
    key = usable(sandboxed)[0]
    assert stop_key(key_id=key.pk, state=KeyState.OUT_OF_CREDIT)
    assert usable(sandboxed) == []
    key.refresh_from_db()
    assert key.state == KeyState.ACTIVE
    assert ensure_sandbox_keys() == 0
    assert usable(sandboxed) == [key]


def test_a_rest_is_only_made_longer(provider: Provider) -> None:
    key = add_key(provider=provider, label="Team", secret=SECRET)
    now = clock.now()
    assert rest_key(key_id=key.pk, until=now + timedelta(minutes=5))
    assert not rest_key(key_id=key.pk, until=now + timedelta(minutes=1))
    assert usable(provider) == []
    assert (
        queries.waiting_reason(provider, now) == "Mountsea asked us to wait. It goes on in about 5 minutes."
    )
    assert queries.usable_keys(provider.pk, now + timedelta(minutes=6)) == [key]


def test_reasons_for_waiting(provider: Provider) -> None:
    assert queries.waiting_reason(provider) == "Mountsea has no API key yet. An admin can add one."
    key = add_key(provider=provider, label="Team", secret=SECRET)
    stop_key(key_id=key.pk, state=KeyState.OUT_OF_CREDIT)
    assert "out of credit" in queries.waiting_reason(provider)


def test_a_key_is_added_from_the_command_line(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    call_command("add_key", "keyed", "--label", "Team")
    assert queries.secret_of(ApiKey.objects.get(provider=provider)) == SECRET
    assert SECRET not in capsys.readouterr().out


def test_an_unknown_provider_is_a_sentence(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    with pytest.raises(CommandError, match=r"There is no provider “nobody”\. Known: .*keyed"):
        call_command("add_key", "nobody", "--label", "Team")
