"""The standing cast: the same people in the same two projects, so that an access test reads as a sentence."""

import time
from dataclasses import dataclass
from functools import cached_property

from studio.people.models import TeamRole, User
from studio.projects.models import Project, ProjectRole, Visibility
from tests.bench.client import StrictClient
from tests.factories import AdminFactory, MembershipFactory, ProjectFactory, UserFactory


@dataclass(frozen=True)
class Cast:
    """`project` is for its members only, `team_project` for everyone.

    The stranger belongs to the team but not to `project`; the deactivated person was its contributor. The guest of the
    team contributes to it, and comes when a test asks for one.
    """

    admin: User
    manager: User
    contributor: User
    viewer: User
    stranger: User
    deactivated: User
    project: Project
    team_project: Project

    @cached_property
    def guest(self) -> User:
        guest = UserFactory(email="guest@example.com", name="The guest", role=TeamRole.GUEST)
        MembershipFactory(project=self.project, user=guest, role=ProjectRole.CONTRIBUTOR)
        return guest

    @property
    def present(self) -> list[User]:
        """Everybody who can sign in."""
        return [self.admin, self.manager, self.contributor, self.viewer, self.stranger, self.guest]

    def client(self, person: User | None = None) -> StrictClient:
        """Return a browser in which this person is signed in; without a person, nobody is."""
        client = StrictClient()
        if person:
            client.force_login(person)
            confirm_password(client, person)
        return client


def confirm_password(client: StrictClient, person: User, *, seconds_ago: float = 0) -> None:
    """Have this browser's session remember that the person gave the password so long ago, as allauth writes it."""
    session = client.session
    given = {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    session["account_authentication_methods"] = [given]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def assemble_cast() -> Cast:
    """Create the people, the members-only project with one of each role, and the team's project."""
    project = ProjectFactory(name="Spring campaign", slug="spring", visibility=Visibility.MEMBERS)
    people = {
        role: UserFactory(email=f"{role}@example.com", name=f"The {role}") for role in ProjectRole.values
    }
    for role, person in people.items():
        MembershipFactory(project=project, user=person, role=role)
    elsewhere = ProjectFactory(name="Elsewhere", slug="elsewhere", visibility=Visibility.MEMBERS)
    stranger = UserFactory(email="stranger@example.com", name="The stranger")
    MembershipFactory(project=elsewhere, user=stranger, role=ProjectRole.MANAGER)
    deactivated = UserFactory(email="deactivated@example.com", name="The deactivated", is_active=False)
    MembershipFactory(project=project, user=deactivated, role=ProjectRole.CONTRIBUTOR)
    return Cast(
        admin=AdminFactory(email="admin@example.com", name="The admin"),
        stranger=stranger,
        deactivated=deactivated,
        project=project,
        team_project=ProjectFactory(name="Playground", slug="playground", visibility=Visibility.TEAM),
        **people,
    )
