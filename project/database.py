"""The database: SQLite by default, PostgreSQL by address; and how each kind of process holds its connections."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

POSTGRES = "django.db.backends.postgresql"
BRIEF_S = 5


def sqlite(file: Path) -> dict[str, Any]:
    """Return the settings of the database file that needs no server."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            # IMMEDIATE: a transaction that reads and then writes never fails half way with "locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: money is in it.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def postgres(address: str) -> dict[str, Any]:
    """Return the settings for postgres://user:password@host:port/name?option=value."""
    parts = urlsplit(address)
    return {
        "ENGINE": POSTGRES,
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"connect_timeout": 10, **dict(parse_qsl(parts.query))},
    }


def share_connections() -> None:
    """For web processes: connections end with the request; with PostgreSQL they come from a pool."""
    settings = _default()
    settings["CONN_MAX_AGE"] = 0
    _end_what_stands()
    if settings["ENGINE"] == POSTGRES:
        from django.conf import settings as django_settings

        settings["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": django_settings.DATABASE_POOL,
            "timeout": 10,
        }


def keep_connections() -> None:
    """For worker processes, which do one thing after the other: a connection lives for a minute."""
    _default()["CONN_MAX_AGE"] = 60
    _end_what_stands()


def wait_briefly() -> None:
    """For the one that looks after the others, and looks again anyway."""
    settings = _default()
    if settings["ENGINE"] != POSTGRES:
        settings["OPTIONS"]["timeout"] = BRIEF_S


def _end_what_stands() -> None:
    """Have PostgreSQL roll back for a process that has stopped amid a transaction: others wait for its rows."""
    settings = _default()
    if settings["ENGINE"] == POSTGRES:
        from django.conf import settings as django_settings

        limit = f"-c idle_in_transaction_session_timeout={django_settings.SILENT_S * 1000}"
        # What the address says itself comes last, and wins.
        settings["OPTIONS"]["options"] = f"{limit} {settings['OPTIONS'].get('options', '')}".strip()


def _default() -> dict[str, Any]:
    from django.db import connections

    settings: dict[str, Any] = connections.settings["default"]
    return settings
