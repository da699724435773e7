"""The audit log as an admin reads it: sentences, what was before, filters, pages, and the table to take away."""

import asyncio
import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient
from django.utils import timezone

from studio.audit.actions import record
from studio.audit.models import AuditEntry
from studio.people.actions import change_team_role, deactivate_person
from studio.people.models import TeamRole
from studio.projects.actions import add_member, archive_project, change_role, edit_project
from studio.projects.models import ProjectRole, Visibility
from studio.spending.limiting import set_limit
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, Scope
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast, confirm_password
from tests.factories import ProjectFactory, UserFactory

LOG = "/admin/audit/"


def page(client: StrictClient, query: str = "", **headers: str) -> Element:
    return parse(client.get(f"{LOG}{query}", headers=headers).content.decode())


def sentences(client: StrictClient, query: str = "") -> list[str]:
    return [found.text() for found in page(client, query).find_all(".what")]


def write_some(cast: Cast) -> None:
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=cast.admin)
    member = add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    change_role(membership=member, role=ProjectRole.CONTRIBUTOR, by=cast.manager)
    set_limit(scope=TEAM, period=Period.MONTH, max_images=2000, max_micros=None, by=cast.admin)
    record(verb="session.failed", subject=cast.viewer, by=None, details={"address": "203.0.113.9"})


def test_each_act_is_a_sentence_with_the_names_of_today(admin: StrictClient, cast: Cast) -> None:
    write_some(cast)
    cast.viewer.name = "Vera <b>Viewer</b>"
    cast.viewer.save()
    assert sentences(admin) == [
        "Failed sign-in for Vera <b>Viewer</b>",
        "The admin changed the limits of the team",
        "The manager changed the role of The stranger in Spring campaign",
        "The manager made The stranger a member of Spring campaign",
        "The admin changed the role of Vera <b>Viewer</b> in the team",
    ]
    assert "203.0.113.9" in page(admin).text()


def test_what_was_before_unfolds_below_the_line(admin: StrictClient, cast: Cast) -> None:
    write_some(cast)
    set_limit(scope=TEAM, period=Period.MONTH, max_images=2000, max_micros=80_500_000, by=cast.admin)
    edit_project(
        project=cast.project,
        name="Autumn",
        slug="autumn",
        description="",
        visibility=Visibility.TEAM,
        by=cast.manager,
    )
    facts = [" ".join(line.text().split()) for line in page(admin).find_all("dl")]
    assert facts[0] == "Changed name, slug, visibility Visibility Members only Everyone in the team"
    assert facts[1] == "Period a month Money no limit $80.50"
    assert facts[4:] == ["Role Viewer Contributor", "Role Viewer", "Role Member Admin"]


def test_a_limit_names_whom_it_is_for(admin: StrictClient, cast: Cast) -> None:
    scope = Scope(cast.project.pk, cast.viewer.pk)
    set_limit(scope=scope, period=Period.DAY, max_images=3, max_micros=None, by=cast.admin)
    assert sentences(admin) == ["The admin changed the limits of The viewer in Spring campaign"]
    assert sentences(admin, f"?project={cast.project.pk}") == sentences(admin)


def test_what_is_gone_or_unknown_is_told_by_its_id(admin: StrictClient, cast: Cast) -> None:
    gone = ProjectFactory()
    archive_project(project=gone, by=cast.admin)
    number = gone.pk
    gone.delete()
    record(verb="future.deed", subject=cast.team_project, by=cast.admin)
    assert sentences(admin) == ["The admin : future.deed Playground", f"The admin archived project {number}"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?kind=people", 3),
        ("?kind=money", 1),
        ("?kind=nonsense", 5),
        ("?q=stranger", 2),
        ("?q=manager+role", 1),
        ("?q=failed", 1),
        ("?q=%00%27%22%3B--", 0),
        ("?person={manager}", 2),
        ("?person={viewer}", 2),
        ("?person={stranger}&kind=people", 2),
        ("?project={project}", 2),
        ("?since={today}", 5),
        ("?until={yesterday}", 0),
        ("?since={tomorrow}", 0),
        ("?since=0001-01-01&until=9998-12-31", 5),
        ("?since=yesterday&person=x&project=-1&before=1e9", 5),
    ],
)
def test_filters_stand_in_the_address(admin: StrictClient, cast: Cast, query: str, count: int) -> None:
    write_some(cast)
    today = timezone.localdate()
    filled = query.format(
        manager=cast.manager.pk,
        viewer=cast.viewer.pk,
        stranger=cast.stranger.pk,
        project=cast.project.pk,
        today=today.isoformat(),
        yesterday=(today - timedelta(days=1)).isoformat(),
        tomorrow=(today + timedelta(days=1)).isoformat(),
    )
    assert len(sentences(admin, filled)) == count


def test_older_pages_follow_under_the_heading_of_their_day(admin: StrictClient, cast: Cast) -> None:
    for _ in range(120):
        record(verb="project.archived", subject=cast.project, by=cast.admin)
    seen, query, headings = 0, "", 0
    while query is not None:
        shown = page(admin, query, **({"HX-Request": "true"} if query else {}))
        seen += len(shown.find_all(".what"))
        headings += len(shown.find_all("#audit h2"))
        more = shown.find("#audit footer a")
        query = more.attrs["href"].removeprefix(LOG) if more else None
    assert (seen, headings) == (120, 1)
    without_script = page(admin, "?before=60&kind=projects")
    assert without_script.find("#audit h2") is not None
    assert without_script.find(".audit-back a").attrs["href"] == f"{LOG}?kind=projects"


def test_choosing_a_filter_gives_the_page_that_a_reload_shows(admin: StrictClient, cast: Cast) -> None:
    write_some(cast)
    before = admin.get(LOG)
    answer = admin.get(f"{LOG}?kind=money", headers={"HX-Request": "true"})
    assert_swap_equals_reload(
        admin, f"{LOG}?kind=money", answer, before=before, by=".audit-bar", inside="#audit"
    )


def test_nothing_found_says_so(admin: StrictClient) -> None:
    assert "Nothing yet" in page(admin).text()
    assert "Nothing fits" in page(admin, "?q=nobody").text()


def test_more_lines_need_no_more_queries(admin: StrictClient, cast: Cast) -> None:
    def write() -> None:
        write_some(cast)
        change_team_role(person=cast.viewer, role=TeamRole.MEMBER, by=cast.admin)
        cast.project.memberships.filter(user=cast.stranger).delete()
        set_limit(scope=TEAM, period=Period.MONTH, max_images=1, max_micros=None, by=cast.admin)
        deactivate_person(person=UserFactory(), by=cast.admin)

    assert_same_queries(admin, LOG, write)


def export(cast: Cast, query: str = "") -> tuple[Any, list[list[str]]]:
    async def ask() -> tuple[Any, str]:
        try:
            client = AsyncClient()
            await client.aforce_login(cast.admin)
            await sync_to_async(confirm_password)(client, cast.admin)  # type: ignore[arg-type]
            response: Any = await client.post(f"{LOG}export/{query}")
            text = b"".join([piece async for piece in response.streaming_content]).decode()
            return response, text
        finally:
            await sync_to_async(connections.close_all)()

    response, text = asyncio.run(ask())
    return response, list(csv.reader(StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.django_db(transaction=True)
def test_the_export_has_all_that_the_filters_leave_and_is_written_down(cast: Cast) -> None:
    cast.manager.name = "=HYPERLINK(1)"
    cast.manager.save()
    for _ in range(600):
        record(verb="project.archived", subject=cast.project, by=cast.manager)
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=cast.admin)
    response, (heads, *rows) = export(cast, "?kind=projects&q=spring")
    assert response["Content-Disposition"].startswith('attachment; filename="audit-log-')
    assert heads[:3] == ["line", "at", "kind"]
    assert len({row[0] for row in rows}) == 600
    first = dict(zip(heads, rows[0], strict=True))
    assert first["sentence"] == "'=HYPERLINK(1) archived Spring campaign"
    assert (first["actor"], first["actor_id"]) == ("'=HYPERLINK(1)", str(cast.manager.pk))
    told = AuditEntry.objects.get(verb="audit.exported")
    assert (told.actor, told.details) == (cast.admin, {"kind": "projects", "searched": True})


def test_an_export_asks_for_the_password_first(cast: Cast, admin: StrictClient) -> None:
    confirm_password(admin, cast.admin, seconds_ago=60 * 60)
    answer = admin.post(f"{LOG}export/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not AuditEntry.objects.exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plan")
@pytest.mark.parametrize("query", ["kind = 'keys'", "actor_id = 1", "project_id = 1"])
def test_a_page_is_read_by_an_index_in_its_order(db: None, query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM studio_auditentry WHERE {query} ORDER BY id DESC LIMIT 51"
        )
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "USING INDEX audit_" in plan
    assert "TEMP B-TREE" not in plan
