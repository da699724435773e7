"""The database: SQLite by default, PostgreSQL by address; and how each kind of process holds its connections."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

POSTGRES = "django.db.backends.postgresql"


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


def _default() -> dict[str, Any]:
    from django.db import connections

    settings: dict[str, Any] = connections.settings["default"]
    return settings
