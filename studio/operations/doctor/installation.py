"""Settings, database and clocks."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from project.company import Company
from studio.company.provider import describe
from studio.company.refusals import Refused
from studio.generation.models import TimelineEntry
from studio.keys.models import ApiKey
from studio.keys.queries import endpoint_of
from studio.kit import clock
from studio.kit.http import ApiClients
from studio.kit.wire import HttpCall, HttpFailure
from studio.operations.doctor.finding import Finding, many
from studio.operations.readiness import look_at_database

TOLERANCE = timedelta(seconds=30)
ASK_TIMEOUT_S = 5.0
_SET_CLOCK = "Set the clock of this machine (timedatectl set-ntp true)."
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_settings() -> Iterator[Finding]:
    """What Django and Studio refuse in settings, and what is unsafe on a network."""
    for message in checks.run_checks(include_deployment_checks=settings.IS_HTTPS):
        if message.level >= checks.WARNING and not message.is_silenced():
            yield Finding(message.msg, message.hint or "See docs/settings.md.")
    if settings.DEBUG and settings.HOST not in _LOOPBACK:
        yield Finding(
            "STUDIO_DEBUG is on while Studio listens on a network.", "Unset STUDIO_DEBUG and restart."
        )
    if settings.HOST not in _LOOPBACK and not settings.PUBLIC_URL:
        yield Finding(
            "Studio listens on a network without a public address, so passwords and cookies travel in the clear.",
            "Put a proxy with TLS before it, and set STUDIO_PUBLIC_URL and STUDIO_TRUSTED_PROXY.",
            is_note=True,
        )


def check_secrets() -> Iterator[Finding]:
    """What lies in the data folder is its owner's alone."""
    folder = Path(settings.DATA.path)
    private = [folder, *sorted((folder / "secrets").glob("*"))]
    for path in private:
        if path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            yield Finding(f"Others on this machine can read {path}.", f"chmod {mode} {path}")


def check_database() -> Iterator[Finding]:
    """The database takes a write, has the tables of this version, and is whole."""
    part = look_at_database()
    if part.reason:
        yield Finding(part.reason, "See whether it runs, and whether something else holds it locked.")
        return
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        names = ", ".join(migration.name for migration, _ in plan[:3])
        yield Finding(f"The database lacks {many(len(plan), 'migration')} ({names}).", "Run manage.py setup.")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            [said] = cursor.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            yield Finding(
                f"The database file is damaged: {said}",
                "Stop Studio, and restore the newest backup (docs/running.md).",
            )


def check_clocks() -> Iterator[Finding]:
    """This machine, the database's and the rows agree on the time."""
    now = clock.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            [theirs] = cursor.fetchone()
        if abs(theirs - clock.now()) > TOLERANCE:
            yield Finding(
                f"The database's clock says {theirs:%H:%M:%S}, this machine's {now:%H:%M:%S}.", _SET_CLOCK
            )
    newest = TimelineEntry.objects.order_by("-id").values_list("at", flat=True).first()
    if newest and newest - now > TOLERANCE:
        yield Finding(
            f"The newest step in the database is of {newest:%d %B %Y %H:%M} UTC, which is still to come.",
            _SET_CLOCK,
        )


def check_clocks_of_providers() -> Iterator[Finding]:
    """The providers agree on the time, too: signed result addresses expire by theirs."""
    for name, theirs in asyncio.run(_ask_for_dates(_addresses())):
        off = abs(theirs - datetime.now(UTC))
        if off > TOLERANCE:
            yield Finding(
                f"The clock of this machine and that of {name} are {off.total_seconds():,.0f} seconds apart.",
                _SET_CLOCK,
            )


def check_companys_sign_in() -> Iterator[Finding]:
    """The provider through which people of a company sign in answers, and is the one that is set."""
    company: Company | None = settings.COMPANY
    if company is None:
        return
    try:
        describe(company)
    except Refused as refusal:
        what = f"Nobody can sign in through {company.name} ({company.issuer}): {refusal.detail.rstrip('.')}."
        yield Finding(what, "See whether STUDIO_OIDC_URL is its issuer, and whether this machine reaches it.")


async def _ask_for_dates(addresses: list[tuple[str, str]]) -> list[tuple[str, datetime]]:
    async with ApiClients() as clients:
        asked = [_ask_for_date(clients, name, url) for name, url in addresses]
        return [found for found in await asyncio.gather(*asked) if found]


async def _ask_for_date(clients: ApiClients, name: str, url: str) -> tuple[str, datetime] | None:
    """Any answer has a date, a refusal too, so no key is sent."""
    try:
        answer = await clients.send_poll(url, HttpCall("GET", "/"), timeout_s=ASK_TIMEOUT_S)
        return name, parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=UTC)
    except (HttpFailure, KeyError, ValueError):
        return None


def _addresses() -> list[tuple[str, str]]:
    keys = ApiKey.objects.present().select_related("provider").order_by("id")
    found = {key.provider_id: (key.provider.name, endpoint_of(key).base_url) for key in keys}
    return list(found.values())
