"""Making, finding, changing and archiving projects."""

from datetime import timedelta

import pytest
from django.urls import reverse

from studio.audit.models import AuditEntry
from studio.kit.clock import now
from studio.projects import covers
from studio.projects.actions import archive_project
from studio.projects.covers import Contents, Cover, register_cover_source
from studio.projects.models import Membership, Project, ProjectRole, Visibility
from tests.bench.markup import parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import apply_answer, assert_swap_equals_reload
from tests.cast import Cast
from tests.factories import MembershipFactory, ProjectFactory

pytestmark = pytest.mark.any_database

CREATE = "/projects/new/"


def names(html: bytes) -> list[str]:
    return [heading.text() for heading in parse(html.decode()).find_all(".pcard h2")]


def fields(**changes: str) -> dict[str, str]:
    return {"name": "Harbour", "slug": "", "description": "", "visibility": "team", **changes}


def test_everyone_finds_what_they_may_see(cast: Cast) -> None:
    assert sorted(names(cast.client(cast.viewer).get("/").content)) == ["Playground", "Spring campaign"]
    assert sorted(names(cast.client(cast.stranger).get("/").content)) == ["Elsewhere", "Playground"]
    assert sorted(names(cast.client(cast.admin).get("/").content)) == [
        "Elsewhere",
        "Playground",
        "Spring campaign",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("which=mine", ["Spring campaign"]),
        ("which=team", ["Playground"]),
        ("which=nonsense", ["Playground", "Spring campaign"]),
        ("q=SPRING", ["Spring campaign"]),
        ("q=%00spring", ["Spring campaign"]),
        ("q=zzz", []),
    ],
)
def test_the_list_is_searched(cast: Cast, query: str, found: list[str]) -> None:
    assert sorted(names(cast.client(cast.viewer).get(f"/?{query}").content)) == found


def test_searching_without_reload_shows_what_a_reload_shows(cast: Cast) -> None:
    client = cast.client(cast.viewer)
    before = client.get("/?q=spring")
    answer = client.get("/?q=spring", headers={"HX-Request": "true"})
    assert_swap_equals_reload(client, "/?q=spring", answer, before=before, by="form.toolbar")

    found = parse(client.get("/").content.decode())
    apply_answer(found, answer, by="form.toolbar")
    assert "1 project found" in found.text()
    assert [heading.text() for heading in found.find_all(".pcard h2")] == ["Spring campaign"]


def test_the_list_needs_the_same_queries_for_more_projects(cast: Cast) -> None:
    def make_rows() -> None:
        for project in ProjectFactory.create_batch(10):
            MembershipFactory.create_batch(3, project=project)

    assert_same_queries(cast.client(cast.admin), "/", make_rows)


@pytest.fixture
def _pictures(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers, "_sources", [])
    later = now() + timedelta(hours=1)
    contents = Contents((Cover("/thumb.webp", 320, 240),), 1284, 3, later, cast.manager)
    register_cover_source(lambda ids: {cast.project.pk: contents})


@pytest.mark.usefixtures("_pictures")
def test_the_liveliest_project_comes_first_with_its_pictures(cast: Cast) -> None:
    page = cast.client(cast.viewer).get("/").content
    assert names(page) == ["Spring campaign", "Playground"]
    card = parse(page.decode()).find(".pcard")
    assert card.find("img").attrs["src"] == "/thumb.webp"
    assert "1,284 images 3 running" in card.text()
    assert "The manager," in card.text()


def test_a_new_project_has_its_creator_as_manager(cast: Cast) -> None:
    response = cast.client(cast.viewer).post(CREATE, fields(visibility="members"))
    assert response["Location"] == "/p/harbour/"
    project = Project.objects.get(slug="harbour")
    assert project.visibility == Visibility.MEMBERS
    assert list(project.memberships.values_list("user", "role")) == [(cast.viewer.pk, ProjectRole.MANAGER)]
    assert AuditEntry.objects.get(verb="project.created").actor == cast.viewer


@pytest.mark.parametrize(
    ("name", "slug"), [("Harbour", "harbour"), ("Spring", "spring-2"), ("New", "new-2"), ("写真", "project")]
)
def test_the_address_is_made_from_the_name(cast: Cast, name: str, slug: str) -> None:
    response = cast.client(cast.viewer).post(CREATE, fields(name=name))
    assert response["Location"] == f"/p/{slug}/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "spring"}, "is taken by another project"),
        ({"slug": "SPRING"}, "is taken by another project"),
        ({"slug": "admin"}, "is reserved"),
        ({"slug": "a b"}, "valid"),
        ({"name": ""}, "required"),
        ({"name": "x" * 100_000}, "at most 80"),
        ({"name": "a\0b"}, "Null characters"),
        ({"visibility": "all"}, "valid choice"),
    ],
)
def test_bad_input_gets_a_sentence_and_makes_nothing(
    cast: Cast, changes: dict[str, str], sentence: str
) -> None:
    before = Project.objects.count()
    response = cast.client(cast.viewer).post(CREATE, fields(**changes))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Project.objects.count() == before


def test_settings_are_changed_by_a_manager(cast: Cast) -> None:
    client = cast.client(cast.manager)
    response = client.post("/p/spring/settings/", fields(name="Summer", slug="summer", visibility="team"))
    assert response["Location"] == "/p/summer/settings/"
    cast.project.refresh_from_db()
    assert (cast.project.name, cast.project.slug, cast.project.visibility) == ("Summer", "summer", "team")
    assert AuditEntry.objects.get(verb="project.edited").details == {
        "fields": ["name", "slug", "visibility"],
        "visibility": ["members", "team"],
    }


def test_an_archived_project_is_read_only_until_it_is_restored(cast: Cast) -> None:
    client = cast.client(cast.manager)
    client.post("/p/spring/archive/")
    assert names(client.get("/").content) == ["Playground"]
    assert "Spring campaign" in client.get("/").content.decode()
    assert "Archived on" in client.get("/p/spring/settings/").content.decode()

    refused = client.post("/p/spring/settings/", fields(slug="spring"))
    assert refused.status_code == 403
    assert "This project is archived." in refused.content.decode()
    assert (
        client.post("/p/spring/members/", {"person": cast.stranger.pk, "role": "viewer"}).status_code == 403
    )

    client.post("/p/spring/restore/")
    assert client.post("/p/spring/settings/", fields(slug="spring")).status_code == 302


def test_archiving_twice_is_written_down_once(cast: Cast) -> None:
    archive_project(project=cast.project, by=cast.manager)
    archive_project(project=cast.project, by=cast.manager)
    assert AuditEntry.objects.filter(verb="project.archived").count() == 1


def test_a_project_of_the_team_is_seen_by_who_is_no_member(cast: Cast) -> None:
    page = cast.client(cast.stranger).get(reverse("projects:members", args=["playground"]))
    assert page.status_code == 200
    assert not Membership.objects.filter(project=cast.team_project).exists()
