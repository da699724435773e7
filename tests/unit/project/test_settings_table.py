"""docs/settings.md is what the code reads: names, defaults and what is expected."""

import re

import pytest

from project.environment import Environment, WrongSetting
from project.settings import BASE_DIR, env


def rows() -> dict[str, tuple[str, str]]:
    table = (BASE_DIR / "docs" / "settings.md").read_text()
    found = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? ?\| (.*?) \| .+ \|$", table, re.MULTILINE)
    return {name: (default, expected) for name, default, expected in found}


def test_the_table_is_what_the_code_reads() -> None:
    declared = {
        setting.name: (setting.default.removeprefix(f"{BASE_DIR}/"), setting.expected)
        for setting in env.declared.values()
    }
    assert rows() == declared


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("STUDIO_X", "nan", lambda env: env.number("STUDIO_X", 1, low=0, high=9)),
        ("STUDIO_X", "1.5", lambda env: env.whole("STUDIO_X", 1, low=0, high=9)),
        ("STUDIO_X", "perhaps", lambda env: env.flag("STUDIO_X", default=False)),
        ("STUDIO_X", "LOUD", lambda env: env.choice("STUDIO_X", "INFO", ["INFO", "ERROR"])),
        ("STUDIO_X", "https://a.example/path", lambda env: env.site("STUDIO_X")),
        ("STUDIO_X", "ftp://a.example", lambda env: env.site("STUDIO_X")),
        ("STUDIO_X", "https://a.example:99999", lambda env: env.site("STUDIO_X")),
        ("STUDIO_X", "127.0.0.1, proxy", lambda env: env.networks("STUDIO_X", expected="networks")),
        ("STUDIO_X", "10.0.0.1/8", lambda env: env.networks("STUDIO_X", expected="networks")),
        ("STUDIO_X", "http://id.example.com", lambda env: env.issuer("STUDIO_X")),
        ("STUDIO_X", "https://me:pw@id.example.com", lambda env: env.issuer("STUDIO_X")),
        ("STUDIO_X", "https://id.example.com/?a=1", lambda env: env.issuer("STUDIO_X")),
        ("STUDIO_X", "acme.com, @acme", lambda env: env.domains("STUDIO_X")),
        ("STUDIO_X", "Mars/Base", lambda env: env.time_zone("STUDIO_X", "UTC")),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting) as refusal:
        read(Environment())  # type: ignore[operator]
    assert str(refusal.value).startswith(f"{name} is “{value}”, but must be ")


@pytest.mark.parametrize(
    "read",
    [
        lambda env: env.secret("STUDIO_X"),
        lambda env: env.fernet_keys("STUDIO_X"),
        lambda env: env.url("STUDIO_X_URL", ["postgres"]),
    ],
)
def test_a_wrong_secret_is_not_shown(read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_X", "hunter2")
    monkeypatch.setenv("STUDIO_X_URL", "mysql://me:hunter2@host/name")
    with pytest.raises(WrongSetting) as refusal:
        read(Environment())  # type: ignore[operator]
    assert "hunter2" not in str(refusal.value)


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_X", " ")
    assert Environment().whole("STUDIO_X", 4, low=1, high=9) == 4
