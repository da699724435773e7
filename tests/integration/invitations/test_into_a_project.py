"""Managers bring people into their projects, and nobody gives more than they have."""

import pytest

from studio.invitations.actions import accept, invite, invite_to_project
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.kit.errors import Invalid
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, ProjectRole
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.factories import PASSWORD, AdminFactory, MembershipFactory

pytestmark = pytest.mark.any_database

URL = "/p/spring/invite/"


def test_who_is_in_the_team_joins_at_once_and_others_come_as_guests(cast: Cast) -> None:
    client = cast.client(cast.manager)
    asked = {"addresses": "stranger@example.com, nora@example.com", "role": "contributor"}
    page = client.post(URL, asked, follow=True).content.decode()
    assert "1 person was invited as guests. Added at once: The stranger." in parse(page).text()
    link = parse(page).find("input.sr").attrs["value"]
    newcomer = StrictClient()
    answer = newcomer.post(link, {"name": "Nora", "password": "quite a good password"}, follow=True)
    assert answer.status_code == 200
    nora = User.objects.get(email="nora@example.com")
    assert (nora.role, Membership.objects.get(user=nora).role) == ("guest", "contributor")
    assert newcomer.get("/p/playground/").status_code == 404


@pytest.mark.parametrize("role", ["manager", "owner", ""])
def test_nobody_is_invited_as_a_manager(cast: Cast, role: str) -> None:
    answer = cast.client(cast.manager).post(URL, {"addresses": "nora@example.com", "role": role})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_a_manager_gets_no_hold_of_somebody_elses_invitation(cast: Cast) -> None:
    """Its link leads to more than the manager has to give."""
    invite(addresses=["nora@example.com"], role=TeamRole.ADMIN, joins={}, site="http://here/", by=cast.admin)
    before = Invitation.objects.values().get()
    asked = {"addresses": "nora@example.com deactivated@example.com", "role": "viewer"}
    page = parse(cast.client(cast.manager).post(URL, asked, follow=True).content.decode())
    assert "Only an admin can bring in nora@example.com, deactivated@example.com." in page.text()
    assert page.find("input.sr") is None
    assert Invitation.objects.values().get() == before


def test_an_invitation_gives_no_more_than_its_maker_still_has(cast: Cast) -> None:
    asked = {"project": cast.project, "role": ProjectRole.VIEWER, "site": "http://here/", "by": cast.manager}
    invite_to_project(addresses=["nora@example.com"], **asked)
    MembershipFactory(project=cast.project, role=ProjectRole.MANAGER)
    Membership.objects.filter(user=cast.manager).update(role=ProjectRole.VIEWER)
    nora = accept(token=token_of(Invitation.objects.get()), name="Nora", password=PASSWORD)
    assert not Membership.objects.filter(user=nora).exists()


def test_the_invitations_of_an_admin_end_with_the_role(cast: Cast) -> None:
    former = AdminFactory()
    invite(addresses=["nora@example.com"], role=TeamRole.ADMIN, joins={}, site="http://here/", by=former)
    User.objects.filter(pk=former.pk).update(role=TeamRole.MEMBER)
    token = token_of(Invitation.objects.get())
    assert StrictClient().get(f"/join/{token}/").status_code == 410
    with pytest.raises(Invalid):
        accept(token=token, name="Nora", password=PASSWORD)


def test_who_alone_manages_reads_why_they_cant_leave(cast: Cast) -> None:
    page = parse(cast.client(cast.manager).get("/p/spring/members/").content.decode()).text()
    assert "This is the project’s only manager. Make somebody else a manager first." in page
    MembershipFactory(project=cast.project, role=ProjectRole.MANAGER)
    page = parse(cast.client(cast.manager).get("/p/spring/members/").content.decode()).text()
    assert "only manager" not in page
