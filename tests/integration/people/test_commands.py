"""The command line's ways of letting people in."""

import io
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from studio.people.models import User
from tests.bench.client import StrictClient

pytestmark = pytest.mark.django_db


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_create_admin_prints_a_password_that_works() -> None:
    printed = run("create_admin")
    password = re.search(r"password: (\S+)", printed)[1]  # type: ignore[index]
    admin = User.objects.get(email="admin@localhost")
    assert admin.is_admin
    assert admin.check_password(password)


def test_create_admin_takes_a_password_and_does_not_print_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a password of my own\n"))
    printed = run("create_admin", email="Boss@Example.com", password_stdin=True)
    assert printed == "email: boss@example.com\n"
    assert User.objects.get().check_password("a password of my own")


def test_create_user_prints_a_link_that_works(client: StrictClient) -> None:
    printed = run("create_user", "ada@example.com", "--name", "Ada", "--address", "http://studio.example/")
    path = re.search(r"link: http://studio\.example(/\S+)", printed)[1]  # type: ignore[index]
    assert "ada@example.com" in client.get(path).content.decode()
    assert not User.objects.get().is_admin


def test_create_user_makes_a_guest() -> None:
    run("create_user", "ada@example.com", "--guest")
    assert User.objects.get().is_guest


@pytest.mark.parametrize(
    ("email", "sentence"), [("nonsense", "is not an e-mail address"), ("ADA@example.com", "already somebody")]
)
def test_bad_addresses_get_a_sentence(email: str, sentence: str) -> None:
    run("create_user", "ada@example.com")
    with pytest.raises(CommandError, match=sentence):
        run("create_user", email)
    assert User.objects.count() == 1


def test_weak_password_adds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        run("create_user", "ada@example.com", "--admin", password_stdin=True)
    assert not User.objects.exists()
