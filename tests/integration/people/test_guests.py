"""Guests of the team: they see the projects that they were given, and nothing of anybody else's."""

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.invitations.actions import accept, invite
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.kit.errors import Conflict
from studio.people.models import TeamRole
from studio.projects.actions import add_member, create_project
from studio.projects.models import Membership, ProjectRole
from studio.projects.queries import role_in
from studio.spending.limiting import set_limit
from studio.spending.limits import OverLimit
from studio.spending.periods import Period
from studio.spending.scopes import TEAM
from tests.bench.markup import parse
from tests.cast import Cast
from tests.factories import MembershipFactory

pytestmark = pytest.mark.any_database

PEOPLE = "/admin/people/"


def make(cast: Cast, person: str, role: str) -> None:
    address = f"{PEOPLE}{getattr(cast, person).pk}/role/"
    assert cast.client(cast.admin).post(address, {"role": role}).status_code == 302


def test_a_guest_reads_only_their_project_and_makes_none(cast: Cast) -> None:
    page = cast.client(cast.guest).get("/").content.decode()
    assert "Spring campaign" in page
    assert "Playground" not in page
    assert "New project" not in page


def test_a_member_becomes_a_guest_and_back_with_the_next_request(cast: Cast) -> None:
    theirs = cast.client(cast.contributor)
    assert theirs.get("/p/playground/").status_code == 200
    make(cast, "contributor", "guest")
    assert theirs.get("/p/playground/").status_code == 404
    assert theirs.get("/p/spring/").status_code == 200
    make(cast, "contributor", "member")
    assert theirs.get("/p/playground/").status_code == 200


def test_a_manager_who_becomes_a_guest_contributes(cast: Cast) -> None:
    MembershipFactory(project=cast.project, role=ProjectRole.MANAGER)
    make(cast, "manager", "guest")
    assert Membership.objects.get(user=cast.manager).role == ProjectRole.CONTRIBUTOR
    theirs = cast.client(cast.manager)
    assert theirs.get("/p/spring/").status_code == 200
    assert theirs.get("/p/spring/settings/").status_code == 403


def test_who_alone_manages_a_project_is_no_guest_before_they_hand_it_over(cast: Cast) -> None:
    address = f"{PEOPLE}{cast.manager.pk}/role/"
    answer = cast.client(cast.admin).post(address, {"role": "guest"})
    assert answer.status_code == 409
    assert "The manager alone manages Spring campaign. Make somebody else a manager there first." in (
        answer.content.decode()
    )


def test_nobody_makes_a_guest_a_manager(cast: Cast) -> None:
    membership = Membership.objects.get(project=cast.project, user=cast.guest)
    answer = cast.client(cast.admin).post(
        f"/p/spring/members/{membership.pk}/role/", {"role": "manager"}, follow=True
    )
    assert answer.status_code == 409
    assert "guests can’t manage a project" in answer.content.decode()
    project = create_project(name="Other", by=cast.manager)
    with pytest.raises(Conflict, match="guests can’t manage a project"):
        add_member(project=project, person=cast.guest, role=ProjectRole.MANAGER, by=cast.manager)
    # Whatever a row says.
    Membership.objects.filter(pk=membership.pk).update(role=ProjectRole.MANAGER)
    assert role_in(cast.project, cast.guest) is ProjectRole.CONTRIBUTOR


def test_an_invited_guest_sees_the_project_of_the_invitation_only(cast: Cast) -> None:
    joins = {cast.project: ProjectRole.VIEWER}
    invite(
        addresses=["nora@example.com"], role=TeamRole.GUEST, joins=joins, site="http://here/", by=cast.admin
    )
    nora = accept(token=token_of(Invitation.objects.get()), name="Nora", password="a long enough password")
    page = cast.client(nora).get("/").content.decode()
    assert ("Spring campaign" in page, "Playground" in page) == (True, False)


def test_nobody_is_invited_as_a_guest_who_manages(cast: Cast) -> None:
    asked = {
        "addresses": "nora@example.com",
        "team_role": "guest",
        "projects": [cast.project.pk],
        "project_role": "manager",
    }
    answer = cast.client(cast.admin).post(f"{PEOPLE}invite/", asked)
    assert answer.status_code == 422
    assert "Guests can’t manage a project." in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_guest_reads_no_figure_of_the_team(cast: Cast) -> None:
    install_catalog()
    set_limit(scope=TEAM, period=Period.MONTH, max_images=4711, max_micros=None, by=cast.admin)
    assert "4,711" in cast.client(cast.contributor).get("/p/spring/").content.decode()
    assert "4,711" not in cast.client(cast.guest).get("/p/spring/").content.decode()
    set_limit(scope=TEAM, period=Period.MONTH, max_images=3, max_micros=None, by=cast.admin)
    model = find_model("nano-banana-2", "mountsea")
    press = {"project": cast.project, "model": model, "input": {"prompt": "A fjord"}, "calls": 4}
    with pytest.raises(OverLimit, match="of 3 images leaves 3"):
        queue_batch(by=cast.contributor, **press)
    with pytest.raises(OverLimit, match="The team’s monthly limit doesn’t leave enough for this"):
        queue_batch(by=cast.guest, **press)


def test_a_guest_reads_no_addresses_of_others(cast: Cast) -> None:
    shown = parse(cast.client(cast.guest).get("/p/spring/members/").content.decode()).text()
    assert "The manager" in shown
    assert "manager@example.com" not in shown
