"""Who came in, who failed to, and who was refused: written down without what was typed, and never without end."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse

from studio.audit.models import AuditEntry
from studio.projects.actions import archive_project
from studio.spending.limiting import set_limit
from studio.spending.periods import Period
from studio.spending.scopes import TEAM
from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.pictures import make_image


def try_to_sign_in(client: StrictClient, email: str, password: str) -> None:
    client.post(reverse("account_login"), {"login": email, "password": password})


def test_a_sign_in_says_who_and_from_where(cast: Cast, client: StrictClient) -> None:
    try_to_sign_in(client, "Viewer@example.com", PASSWORD)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.kind, entry.actor) == ("session.started", "sign-in", cast.viewer)
    assert entry.details == {"address": "127.0.0.1"}


def test_a_wrong_password_names_the_account_and_keeps_nothing_that_was_typed(
    cast: Cast, client: StrictClient
) -> None:
    try_to_sign_in(client, "viewer@example.com", "a secret that was mistyped")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject_id) == ("session.failed", None, cast.viewer.pk)
    assert "mistyped" not in str(AuditEntry.objects.values())


def test_unknown_addresses_are_not_kept_and_do_not_fill_the_log(cast: Cast, client: StrictClient) -> None:
    for number in range(4):
        try_to_sign_in(client, f"guess{number}@example.com", "hunter2 hunter2")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_id, entry.subject_kind) == ("session.failed", None, "")
    assert "guess" not in str(AuditEntry.objects.values())


def test_who_tries_too_often_is_told_once(cast: Cast, client: StrictClient) -> None:
    for _ in range(9):
        try_to_sign_in(client, "viewer@example.com", "wrong wrong wrong")
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["session.failed"] * 5 + ["session.blocked"]


def test_a_refusal_is_told_once_for_each_address(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    for _ in range(3):
        client.get("/admin/people/")
    client.get("/admin/quotas/")
    told = AuditEntry.objects.filter(verb="access.refused", actor=cast.viewer).order_by("id")
    assert [entry.details["route"] for entry in told] == ["administration:people", "administration:quotas"]


def test_refusals_and_what_is_done_to_keys_limits_and_roles_say_from_where(cast: Cast) -> None:
    cast.client(cast.viewer).get("/admin/people/")
    admin = cast.client(cast.admin)
    admin.post("/admin/quotas/", {"0-0-day-images": "5"})
    admin.post(f"/admin/people/{cast.viewer.pk}/role/", {"role": "admin"})
    archive_project(project=cast.team_project, by=cast.admin)
    admin.post(f"/admin/projects/{cast.team_project.pk}/restore/")
    told = {entry.verb: entry.details.get("address") for entry in AuditEntry.objects.all()}
    assert told == {
        "access.refused": "127.0.0.1",
        "limit.set": "127.0.0.1",
        "person.role_changed": "127.0.0.1",
        "project.archived": None,
        "project.restored": None,
    }
    set_limit(scope=TEAM, period=Period.DAY, max_images=7, max_micros=None, by=cast.admin)
    assert "address" not in AuditEntry.objects.latest("id").details, "it was done by no request"


def test_what_is_hidden_and_what_is_wrong_are_no_refusals(cast: Cast) -> None:
    cast.client(cast.stranger).get("/p/spring/")
    cast.client(cast.admin).post("/admin/quotas/", {"0-0-day-images": "many"})
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_download_of_images_says_how_many(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(2)]

    async def download() -> int:
        try:
            client = AsyncClient()
            await client.aforce_login(cast.viewer)
            url = reverse("gallery:download", args=["spring"])
            response = await client.post(url, {"image": [image.pk for image in images]})
            return response.status_code
        finally:
            await sync_to_async(connections.close_all)()

    assert asyncio.run(download()) == 200
    entry = AuditEntry.objects.get(verb="images.exported")
    assert (entry.actor, entry.project_id, entry.details) == (cast.viewer, cast.project.pk, {"count": 2})
