"""Reading settings from the environment: every one declared once, every wrong value refused with a sentence.

docs/settings.md is the table of what is declared here; a test compares them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from environs import Env, EnvError

from project.mail import mail_server

T = TypeVar("T")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class WrongSetting(Exception):
    """A setting can't be used. The sentence names the variable, its value and what is expected."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting, as its row of docs/settings.md has it."""

    name: str
    default: str
    expected: str


class Environment:
    """Reads the process's environment. An empty variable counts as unset."""

    def __init__(self) -> None:
        self._env = Env()
        self.declared: dict[str, Setting] = {}

    def text(self, name: str, default: str = "", *, expected: str = "any text") -> str:
        return self._read(name, default, expected, str)

    def folder(self, name: str, default: Path) -> Path:
        return Path(self._read(name, str(default), "a folder", str)).absolute()

    def flag(self, name: str, *, default: bool) -> bool:
        return self._read(name, default, "true or false", lambda _: self._env.bool(name))

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        return self._read(name, default, f"a whole number from {low} to {high}", _between(int, low, high))

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        return self._read(name, default, f"a number from {low:g} to {high:g}", _between(float, low, high))

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        return self._read(name, default, f"one of {', '.join(among)}", _member(among))

    def words(self, name: str, *, expected: str) -> list[str]:
        return self._read(name, [], f"{expected}, separated by commas", _split)

    def networks(self, name: str, *, expected: str) -> list[str]:
        return self._read(name, [], f"{expected}, separated by commas", _networks)

    def url(self, name: str, schemes: Sequence[str]) -> str:
        expected = f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        return self._read(name, "", expected, _address(schemes), is_secret=name.endswith("_URL"))

    def mail(self, name: str) -> str:
        expected = "an address such as smtp://user:password@host:587/?tls=true, or smtps://"
        return self._read(name, "", expected, _mail, is_secret=True)

    def site(self, name: str) -> str:
        """An address without a path, such as https://studio.example.com."""
        return self._read(name, "", "https:// or http:// and a host, without a path", _site)

    def issuer(self, name: str) -> str:
        """The address of an OpenID Connect provider; what comes by plain http could be anybody's word."""
        expected = "https:// and a host, with a path where there is one; http:// on this machine only"
        return self._read(name, "", expected, _issuer)

    def domains(self, name: str) -> list[str]:
        return self._read(name, [], "domains of e-mail addresses, separated by commas", _domains)

    def time_zone(self, name: str, default: str) -> str:
        return self._read(name, default, "the name of a time zone, such as Europe/Berlin", _time_zone)

    def secret(self, name: str) -> str:
        return self._read(name, "", "at least 50 characters", _long, is_secret=True)

    def given_secret(self, name: str) -> str:
        """A secret that somebody else has made, however long it is."""
        return self._read(name, "", "the secret as it was given", str, is_secret=True)

    def fernet_keys(self, name: str) -> list[str] | Path:
        """Return the keys, or the path of the file that holds them: it may be put there later."""
        expected = "Fernet keys, separated by commas, or the full path of a file with one a line"
        none: list[str] | Path = []
        return self._read(name, none, expected, _fernet_keys, is_secret=True)

    def _read(
        self, name: str, default: T, expected: str, parse: Callable[[str], T], *, is_secret: bool = False
    ) -> T:
        self.declared[name] = Setting(name, _shown(default), expected)
        value = self._env.str(name, "").strip()
        if not value:
            return default
        try:
            return parse(value)
        except (ValueError, EnvError):
            shown = "set" if is_secret else f"“{value[:80]}”"
            raise WrongSetting(f"{name} is {shown}, but must be {expected}.") from None


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default == [] else str(default)


def _between(kind: Callable[[str], T], low: T, high: T) -> Callable[[str], T]:
    def parse(text: str) -> T:
        value = kind(text)
        if not low <= value <= high:  # type: ignore[operator]
            raise ValueError(text)
        return value

    return parse


def _member(among: Sequence[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        return among[[word.lower() for word in among].index(text.lower())]

    return parse


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _networks(text: str) -> list[str]:
    networks = _split(text)
    for network in networks:
        ip_network(network)
    return networks


def _address(schemes: Sequence[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.netloc or (parts.port == 0):
            raise ValueError(text)
        return text

    return parse


def _mail(text: str) -> str:
    mail_server(text)
    return text


def _site(text: str) -> str:
    text = text.rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(text)
    if parts.port == 0 or text != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(text)
    return text


def _issuer(text: str) -> str:
    text = text.removesuffix("/.well-known/openid-configuration").rstrip("/")
    parts = urlsplit(text)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError(text)
    if not parts.hostname or parts.username or parts.port == 0 or parts.query or parts.fragment:
        raise ValueError(text)
    if len(text) > 200 or not text.isascii():  # it is stored with each person who comes by it
        raise ValueError(text)
    return text


def _domains(text: str) -> list[str]:
    domains = [word.removeprefix("@").lower() for word in _split(text)]
    if not all(_DOMAIN.fullmatch(domain) for domain in domains):
        raise ValueError(text)
    return domains


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(text)
    return text


def _long(text: str) -> str:
    if len(text) < 50:
        raise ValueError(text)
    return text


def _fernet_keys(text: str) -> list[str] | Path:
    if text.startswith("/"):  # no key does
        return Path(text)
    keys = _split(text)
    for key in keys:
        Fernet(key)
    return keys
