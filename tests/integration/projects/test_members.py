"""Who is a member, and what each member may do."""

import pytest

from studio.audit.models import AuditEntry
from studio.kit.errors import NotAllowed
from studio.projects.actions import archive_project
from studio.projects.models import Membership, ProjectRole
from studio.projects.policies import can_generate, can_manage, check_can_generate
from studio.projects.queries import role_in
from tests.bench.markup import parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.any_database

URL = "/p/spring/members/"


def membership(cast: Cast, person: str) -> Membership:
    return Membership.objects.get(project=cast.project, user=getattr(cast, person))


def role_url(cast: Cast, person: str, act: str = "role") -> str:
    return f"{URL}{membership(cast, person).pk}/{act}/"


@pytest.mark.parametrize(
    ("person", "here", "in_the_team_project"),
    [
        ("admin", ProjectRole.MANAGER, ProjectRole.MANAGER),
        ("manager", ProjectRole.MANAGER, ProjectRole.CONTRIBUTOR),
        ("contributor", ProjectRole.CONTRIBUTOR, ProjectRole.CONTRIBUTOR),
        ("viewer", ProjectRole.VIEWER, ProjectRole.CONTRIBUTOR),
        ("stranger", None, ProjectRole.CONTRIBUTOR),
        ("deactivated", None, None),
    ],
)
def test_roles(
    cast: Cast, person: str, here: ProjectRole | None, in_the_team_project: ProjectRole | None
) -> None:
    assert role_in(cast.project, getattr(cast, person)) is here
    assert role_in(cast.team_project, getattr(cast, person)) is in_the_team_project


def test_an_explicit_role_wins_in_a_project_of_the_team(cast: Cast) -> None:
    MembershipFactory(project=cast.team_project, user=cast.viewer, role=ProjectRole.VIEWER)
    assert not can_generate(cast.team_project, cast.viewer)
    MembershipFactory(project=cast.team_project, user=cast.manager, role=ProjectRole.MANAGER)
    assert can_manage(cast.team_project, cast.manager)


def test_nobody_generates_in_an_archived_project(cast: Cast) -> None:
    project = archive_project(project=cast.project, by=cast.manager)
    with pytest.raises(NotAllowed, match="This project is archived"):
        check_can_generate(project, cast.admin)


def test_a_manager_adds_a_person_of_the_team(cast: Cast) -> None:
    response = cast.client(cast.manager).post(
        URL, {"person": cast.stranger.pk, "role": "viewer"}, follow=True
    )
    assert "The stranger is now a viewer of this project." in response.content.decode()
    assert cast.client(cast.stranger).get(URL).status_code == 200
    entry = AuditEntry.objects.get(verb="member.added")
    assert (entry.actor, entry.subject_id) == (cast.manager, cast.project.pk)
    assert entry.details == {"person": cast.stranger.pk, "role": "viewer", "address": "127.0.0.1"}


@pytest.mark.parametrize("who", ["a member", "a deactivated person"])
def test_members_and_deactivated_people_cant_be_added(cast: Cast, who: str) -> None:
    person = cast.viewer if who == "a member" else UserFactory(is_active=False)
    response = cast.client(cast.manager).post(URL, {"person": person.pk, "role": "manager"})
    assert response.status_code == 422
    assert "not one of the available choices" in response.content.decode()


def test_a_role_is_changed(cast: Cast) -> None:
    cast.client(cast.manager).post(role_url(cast, "viewer"), {"role": "contributor"})
    assert membership(cast, "viewer").role == ProjectRole.CONTRIBUTOR


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    response = cast.client(cast.manager).post(role_url(cast, "viewer"), {"role": "owner"})
    assert response.status_code == 422
    assert membership(cast, "viewer").role == ProjectRole.VIEWER


def test_a_member_is_removed_and_then_sees_nothing(cast: Cast) -> None:
    cast.client(cast.manager).post(role_url(cast, "viewer", "remove"))
    assert cast.client(cast.viewer).get(URL).status_code == 404


def test_a_membership_of_another_project_is_not_reached(cast: Cast) -> None:
    other = MembershipFactory()
    assert cast.client(cast.manager).post(f"{URL}{other.pk}/remove/").status_code == 404
    assert Membership.objects.filter(pk=other.pk).exists()


def test_the_only_manager_stays(cast: Cast) -> None:
    client = cast.client(cast.manager)
    for response in (
        client.post(role_url(cast, "manager"), {"role": "viewer"}),
        client.post(role_url(cast, "manager", "remove")),
        client.post("/p/spring/leave/"),
    ):
        assert response.status_code == 409
        assert "only manager" in response.content.decode()
    assert membership(cast, "manager").role == ProjectRole.MANAGER


def test_an_admin_may_leave_a_project_without_manager(cast: Cast) -> None:
    response = cast.client(cast.admin).post(role_url(cast, "manager", "remove"))
    assert response.status_code == 302
    assert not Membership.objects.filter(project=cast.project, role=ProjectRole.MANAGER).exists()


def test_one_of_two_managers_may_leave(cast: Cast) -> None:
    MembershipFactory(project=cast.project, role=ProjectRole.MANAGER)
    assert cast.client(cast.manager).post("/p/spring/leave/").status_code == 302
    assert cast.client(cast.manager).get(URL).status_code == 404


def test_members_are_listed_managers_first_without_the_deactivated(cast: Cast) -> None:
    page = parse(cast.client(cast.viewer).get(URL).content.decode())
    shown = [cell.find("small").text() for cell in page.find_all(".tbl .who")]
    assert shown == ["manager@example.com", "contributor@example.com", "viewer@example.com"]


def test_only_managers_see_controls(cast: Cast) -> None:
    assert not parse(cast.client(cast.contributor).get(URL).content.decode()).find_all("select")
    assert len(parse(cast.client(cast.manager).get(URL).content.decode()).find_all(".tbl select")) == 3


def test_the_page_needs_the_same_queries_for_more_members(cast: Cast) -> None:
    assert_same_queries(
        cast.client(cast.manager), URL, lambda: MembershipFactory.create_batch(10, project=cast.project)
    )
