"""The settings of this installation in words. Secrets are only said to be there."""

import platform
from dataclasses import dataclass

import django
from django.conf import settings
from django.db import connection

from project.company import Company
from studio.kit.crypto import NoEncryptionKey, encryption_keys


@dataclass(frozen=True, slots=True)
class Fact:
    """One setting: what it is, what it is now, and the variable that changes it (empty: nothing does)."""

    label: str
    value: str
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    facts: list[Fact]


def installation_facts() -> list[Group]:
    """Return what an admin may want to know about how Studio runs here."""
    return [
        Group("Address", _address()),
        Group("Sign-in", _sign_in()),
        Group("Data", _data()),
        Group("Secrets", _secrets()),
        Group("Work", _work()),
        Group("Versions", [Fact("Django", django.get_version()), Fact("Python", platform.python_version())]),
    ]


def _address() -> list[Fact]:
    proxies = ", ".join(str(network) for network in settings.TRUSTED_PROXY)
    return [
        Fact("Public address", settings.PUBLIC_URL or "None: only this machine", "STUDIO_PUBLIC_URL"),
        Fact("Listens on", f"{settings.HOST}:{settings.PORT}", "HOST, PORT"),
        Fact("Trusted proxies", proxies or "None", "STUDIO_TRUSTED_PROXY"),
        Fact("Time zone", settings.TIME_ZONE, "STUDIO_TIME_ZONE"),
        Fact("Mail server", _mail_server(), "STUDIO_EMAIL_URL"),
        Fact("E-mail from", settings.DEFAULT_FROM_EMAIL, "STUDIO_EMAIL_FROM"),
    ]


def _sign_in() -> list[Fact]:
    company: Company | None = settings.COMPANY
    if company is None:
        return [Fact("Through the company", "Off: by e-mail and password", "STUDIO_OIDC_URL")]
    return [
        Fact("Through the company", company.issuer, "STUDIO_OIDC_URL"),
        Fact("What it is called", company.name, "STUDIO_OIDC_NAME"),
        Fact("Known there as", company.client_id, "STUDIO_OIDC_CLIENT_ID"),
        Fact("Its secret", "Set", "STUDIO_OIDC_CLIENT_SECRET"),
        Fact(
            "May come in without invitation",
            ", ".join(f"@{domain}" for domain in sorted(company.domains)) or "Nobody",
            "STUDIO_OIDC_DOMAINS",
        ),
    ]


def _mail_server() -> str:
    if not settings.EMAIL_URL:
        return "None: mail goes to the log"
    return f"{settings.EMAIL_HOST}, port {settings.EMAIL_PORT}"


def _data() -> list[Fact]:
    is_postgres = connection.vendor == "postgresql"
    return [
        Fact(
            "Database", "PostgreSQL" if is_postgres else "SQLite, in the data folder", "STUDIO_DATABASE_URL"
        ),
        Fact("Queue", "Redis" if settings.REDIS_URL else "In the database", "STUDIO_REDIS_URL"),
        Fact("Data folder", str(settings.DATA.path), "STUDIO_DATA_DIR"),
        Fact("Trash is emptied after", f"{settings.TRASH_DAYS} days", "STUDIO_TRASH_DAYS"),
    ]


def _secrets() -> list[Fact]:
    return [
        Fact("Secret key", "Set", "STUDIO_SECRET_KEY"),
        Fact("Encryption keys", _count_encryption_keys(), "STUDIO_ENCRYPTION_KEYS"),
    ]


def _count_encryption_keys() -> str:
    try:
        count = len(encryption_keys())
    except NoEncryptionKey:
        return "Missing: stored API keys can’t be read"
    return f"{count} key" + "s" * (count != 1)


def _work() -> list[Fact]:
    return [
        Fact("Workers", str(settings.WORKERS), "STUDIO_WORKERS"),
        Fact("Sandbox", settings.SANDBOX_URL or "Started when no provider has a key", "STUDIO_SANDBOX_URL"),
        Fact("Time to finish when stopping", f"{settings.STOP_GRACE_S} s", "STUDIO_STOP_GRACE_S"),
    ]
