"""System checks: settings that the engine and the money depend on (DESIGN: the engine, running it)."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

SQLITE = "django.db.backends.sqlite3"


@register("studio")
def check_queue(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each cluster must never lose a task, nor hand it out twice, nor try it again by itself."""
    engine: dict[str, Any] = dict(settings.Q_CLUSTER)
    clusters = {engine["name"]: engine}
    for name, differences in engine.pop("ALT_CLUSTERS", {}).items():
        clusters[name] = {**engine, **differences}
    return [error for name, cluster in clusters.items() for error in _queue_errors(name, cluster)]


def _queue_errors(name: str, cluster: Mapping[str, Any]) -> Iterator[CheckMessage]:
    workers, limit = cluster["workers"], cluster["queue_limit"]
    shortest = cluster["timeout"] * (1 + ceil((limit + 1) / workers))
    if limit != workers:
        yield Error(f"Q_CLUSTER {name}: queue_limit must equal workers ({workers}).", id="studio.E001")
    if cluster["retry"] < shortest:
        hint = "A task that waits in the prefetch queue would be handed out a second time."
        yield Error(f"Q_CLUSTER {name}: retry must be at least {shortest} s.", hint=hint, id="studio.E002")
    for option, value in {
        "max_attempts": 1,
        "ack_failures": True,
        "save_limit": -1,
        "catch_up": False,
    }.items():
        if cluster.get(option) != value:
            yield Error(f"Q_CLUSTER {name}: {option} must be {value}.", id="studio.E003")


@register("studio")
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite must neither lose money in a power cut nor fail half way through a transaction."""
    return [
        error for alias, database in settings.DATABASES.items() for error in _database_errors(alias, database)
    ]


def _database_errors(alias: str, database: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if database.get("ATOMIC_REQUESTS"):
        hint = "With SQLite it serialises reads; actions open their own transactions."
        yield Error(f"DATABASES {alias}: ATOMIC_REQUESTS must be off.", hint=hint, id="studio.E004")
    if database["ENGINE"] != SQLITE:
        return
    options = database.get("OPTIONS", {})
    command = options.get("init_command", "").lower().replace(" ", "")
    if options.get("transaction_mode") != "IMMEDIATE":
        yield Error(f"DATABASES {alias}: transaction_mode must be IMMEDIATE.", id="studio.E005")
    if "journal_mode=wal" not in command:
        yield Error(f"DATABASES {alias}: journal_mode must be WAL.", id="studio.E006")
    if "synchronous=full" not in command:
        yield Error(f"DATABASES {alias}: synchronous must be FULL.", id="studio.E007")


@register("studio")
def check_middleware(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compression would hold the event stream back, and guess secrets on pages."""
    if "django.middleware.gzip.GZipMiddleware" in settings.MIDDLEWARE:
        return [Error("GZipMiddleware must not be used: it buffers the event stream.", id="studio.E008")]
    return []
