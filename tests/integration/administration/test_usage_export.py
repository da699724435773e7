"""The export of usage, as a client receives it."""

import asyncio
import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.demo.actions import seed
from studio.generation.models import Generation
from studio.people.models import User
from studio.spending.models import LedgerEntry
from tests.bench.client import StrictClient
from tests.cast import Cast, confirm_password

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _seeded(cast: Cast) -> None:
    install_catalog()
    seed(people=3, generations=60)


def fetch(person: User, address: str, *, is_confirmed: bool = False) -> tuple[Any, list[dict[str, str]]]:
    async def ask() -> tuple[Any, bytes]:
        try:
            client = AsyncClient()
            await client.aforce_login(person)
            if is_confirmed:
                await sync_to_async(confirm_password)(client, person)  # type: ignore[arg-type]
            response: Any = await client.post(address)
            return response, b"".join([chunk async for chunk in response.streaming_content])
        finally:
            await sync_to_async(connections.close_all)()

    response, body = asyncio.run(ask())
    return response, list(csv.DictReader(StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("_seeded")
def test_every_row_comes_once_with_what_it_cost(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.administration.usage.listing.AT_ONCE", 7)
    User.objects.filter(email__contains="@example.com", role="member").update(name="=HYPERLINK(1)")
    today = timezone.localdate()
    response, rows = fetch(
        cast.admin,
        f"/admin/usage/export.csv?from={today - timedelta(days=100)}&to={today}",
        is_confirmed=True,
    )
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="usage-20')
    assert response["Cache-Control"] == "private, no-store"
    ids = [int(row["Generation"]) for row in rows]
    newest_first = Generation.objects.order_by("-hold__created_at", "-hold__id")
    assert ids == list(newest_first.values_list("id", flat=True))
    charged = LedgerEntry.objects.filter(kind="settled").order_by("id")
    assert sum(int(row["Images charged"]) for row in rows) == sum(entry.images for entry in charged)
    micros = sum(round(float(row["Cost in dollars"] or 0) * 1_000_000) for row in rows)
    assert micros == sum(entry.cost_micros or 0 for entry in charged)
    assert {row["Person"][0] for row in rows if "HYPERLINK" in row["Person"]} == {"'"}


@pytest.mark.usefixtures("_seeded")
def test_ones_own_has_nothing_of_others_and_both_are_audited(cast: Cast) -> None:
    one = Generation.objects.filter(author__role="member").select_related("author").latest("id")
    response, rows = fetch(
        one.author, f"/usage/export.csv?period=90d&user={cast.admin.pk}&state={one.status}"
    )
    assert response["Content-Disposition"].startswith('attachment; filename="my-usage-20')
    assert {row["E-mail"] for row in rows} == {one.author.email}
    assert {row["State"] for row in rows} == {one.get_status_display()}
    told = AuditEntry.objects.filter(verb="usage.exported").get()
    assert (told.actor_id, told.details["asked"]) == (
        one.author_id,
        f"?period=90d&user={one.author_id}&state={one.status}",
    )


def test_the_teams_export_asks_for_the_password_first(cast: Cast) -> None:
    client: StrictClient = cast.client(cast.admin)
    confirm_password(client, cast.admin, seconds_ago=60 * 60)
    answer = client.post("/admin/usage/export.csv")
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not AuditEntry.objects.exists()
