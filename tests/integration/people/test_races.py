"""Two at once: a link is used once, and a team keeps an admin. Real threads on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from studio.kit.errors import StudioError
from studio.people.actions import change_team_role, make_password_link, use_password_link
from studio.people.models import TeamRole, User
from studio.projects.actions import leave_project
from studio.projects.models import ProjectRole
from tests.factories import AdminFactory, MembershipFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all acts at the same moment and return what became of each."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        start.wait()
        try:
            act()
        except StudioError as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return sorted(threads.map(run, acts))


def test_of_two_who_use_a_link_one_wins() -> None:
    token = make_password_link(person=UserFactory(), by=None)

    def use(name: str) -> Callable[[], object]:
        return lambda: use_password_link(token=token, name=name, password=f"the password of {name}")

    assert at_once(use("Ada"), use("Eve")) == ["Invalid", "done"]
    person = User.objects.get()
    assert person.check_password(f"the password of {person.name}")


def test_two_admins_cant_demote_each_other_at_once() -> None:
    first, second = AdminFactory(), AdminFactory()

    def demote(person: User, by: User) -> Callable[[], object]:
        return lambda: change_team_role(person=person, role=TeamRole.MEMBER, by=by)

    outcomes = at_once(demote(first, second), demote(second, first))
    assert "done" in outcomes
    assert User.objects.filter(role=TeamRole.ADMIN).count() == 1


def test_two_managers_cant_both_leave() -> None:
    project = ProjectFactory()
    managers = [MembershipFactory(project=project, role=ProjectRole.MANAGER).user for _ in range(2)]
    acts = [lambda user=user: leave_project(project=project, by=user) for user in managers]
    assert at_once(*acts) == ["Conflict", "done"]
    assert project.memberships.count() == 1
