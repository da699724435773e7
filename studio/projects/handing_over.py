"""What happens to the projects of somebody who manages no more: none is left without anybody who can.

People are locked before projects, here and wherever both are.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from studio.audit.actions import record
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.people import actions as people
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, Project, ProjectRole


def managed_alone_by(person: User) -> list[Project]:
    """Return the projects, archived ones too, in which nobody else manages; admins of the team aside."""
    own = Membership.objects.filter(project=OuterRef("pk"), user=person, role=ProjectRole.MANAGER)
    others = Membership.objects.managing().filter(project=OuterRef("pk")).exclude(user=person)
    return list(Project.objects.filter(Exists(own), ~Exists(others)).order_by("name", "id"))


@transaction.atomic
def change_team_role(*, person: User, role: TeamRole, by: User | None, seen: str | None = None) -> User:
    """Change what a person is in the team. Who becomes a guest manages no project any more.

    Raises Conflict for the last admin and for who alone manages a project, and RoleChanged where they are no longer
    what was `seen`.
    """
    person = people.change_team_role(person=person, role=role, by=by, seen=seen)
    if person.is_guest:
        lock_managed_by(person)
        if alone := managed_alone_by(person):
            raise Conflict(
                f"{person.display_name} alone manages {names_of(alone)}. Make somebody else a manager there first."
            )
        for membership in person.memberships.filter(role=ProjectRole.MANAGER).select_related("project"):
            _set_role(membership, ProjectRole.CONTRIBUTOR, by)
    return person


@transaction.atomic
def hand_over(*, person: User, heir: User | None, by: User) -> list[Project]:
    """Make `heir` a manager of all projects that nobody manages but this person, who leaves, and return these.

    The people are locked by the caller. Raises Conflict where there is such a project and nobody who can take it.
    """
    lock_managed_by(person)
    alone = managed_alone_by(person)
    if not alone:
        return []
    # As they are now, not as they were when they were chosen.
    able = User.objects.filter(is_active=True).exclude(role=TeamRole.GUEST).exclude(pk=person.pk)
    heir = able.filter(pk=heir.pk).first() if heir else None
    if heir is None:
        raise Conflict(
            f"{person.display_name} alone manages {names_of(alone)}. Choose somebody of the team who takes over."
        )
    for project in alone:
        details: JsonObject = {"person": heir.pk, "role": ProjectRole.MANAGER.value}
        membership, is_new = Membership.objects.get_or_create(
            project=project, user=heir, defaults={"role": ProjectRole.MANAGER}
        )
        if is_new:
            record(verb="member.added", subject=project, by=by, details=details)
        else:
            _set_role(membership, ProjectRole.MANAGER, by)
    return alone


def lock_managed_by(person: User) -> None:
    """Lock the projects that a person manages: nobody joins, leaves or changes as their manager meanwhile."""
    managed = person.memberships.filter(role=ProjectRole.MANAGER).order_by().values("project")
    list(Project.objects.select_for_update().filter(pk__in=managed).order_by("id"))


def names_of(projects: Sequence[Project], most: int = 3) -> str:
    """Write names as people say them: "Poster", "Poster and Spring", "Poster, Spring, Fjord and 4 more"."""
    names = [project.name for project in projects[:most]]
    if more := len(projects) - len(names):
        return f"{', '.join(names)} and {more} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _set_role(membership: Membership, role: ProjectRole, by: User | None) -> None:
    before = membership.role
    membership.role = role
    membership.save(update_fields=["role"])
    record(
        verb="member.role_changed",
        subject=membership.project,
        by=by,
        details={"person": membership.user_id, "role": [before, role]},
    )
