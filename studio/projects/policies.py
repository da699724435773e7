"""Who may do what in a project. `check_x` raises a sentence, `can_x` wraps it."""

from collections.abc import Callable

from studio.kit.errors import Conflict, NotAllowed
from studio.people.models import User
from studio.projects.models import Membership, Project, ProjectRole
from studio.projects.queries import member_role, role_in

ARCHIVED = "This project is archived. A manager can restore it in the project’s settings."
MAKERS = (ProjectRole.MANAGER, ProjectRole.CONTRIBUTOR)


def check_can_create_project(user: User) -> None:
    """Raise NotAllowed for guests: whoever makes a project manages it."""
    if user.is_guest:
        raise NotAllowed("You are a guest of this team: you work in the projects that you were given.")


def check_role_fits(person: User, role: ProjectRole) -> None:
    """Raise Conflict for a role that nobody can give to this person."""
    if person.is_guest and role is ProjectRole.MANAGER:
        raise Conflict(f"{person.display_name} is a guest of the team, and guests can’t manage a project.")


def check_can_generate(project: Project, user: User) -> None:
    """Raise NotAllowed unless the person may make images here: its makers, while it is open."""
    _check_open(project)
    if role_in(project, user) not in MAKERS:
        raise NotAllowed("You can look at this project but not make images in it. Ask one of its managers.")


def check_can_manage(project: Project, user: User) -> None:
    """Raise NotAllowed unless the person manages this project, archived or not."""
    if role_in(project, user) is not ProjectRole.MANAGER:
        raise NotAllowed("Only managers of this project and admins of the team may do this.")


def check_can_edit(project: Project, user: User) -> None:
    """Raise NotAllowed unless the person may change its name, description, visibility and members."""
    check_can_manage(project, user)
    _check_open(project)


def check_can_leave(project: Project, user: User) -> None:
    """Raise NotAllowed unless the person is a member who may take their own name off the list."""
    if member_role(project, user) is None:
        raise NotAllowed("You are not on this project’s list of members.")


def check_keeps_a_manager(membership: Membership, user: User | None) -> None:
    """Raise Conflict when this member is the only manager; admins of the team may do without one."""
    if membership.role != ProjectRole.MANAGER or user is None or user.is_admin:
        return
    others = Membership.objects.managing().filter(project=membership.project_id)
    if not others.exclude(pk=membership.pk).exists():
        raise Conflict("This is the project’s only manager. Make somebody else a manager first.")


def leave_refusal(project: Project, user: User) -> str:
    """Return why a person on the list can't leave now, or nothing: who alone manages a project hands it over first."""
    membership = project.memberships.filter(user=user).first()
    try:
        if membership:
            check_keeps_a_manager(membership, user)
    except Conflict as refusal:
        return refusal.sentence
    return ""


def can_create_project(user: User) -> bool:
    return not user.is_guest


def can_generate(project: Project, user: User) -> bool:
    return _passes(check_can_generate, project, user)


def can_manage(project: Project, user: User) -> bool:
    return _passes(check_can_manage, project, user)


def can_edit(project: Project, user: User) -> bool:
    return _passes(check_can_edit, project, user)


def can_leave(project: Project, user: User) -> bool:
    return _passes(check_can_leave, project, user)


def _check_open(project: Project) -> None:
    if project.is_archived:
        raise NotAllowed(ARCHIVED)


def _passes(check: Callable[[Project, User], None], project: Project, user: User) -> bool:
    try:
        check(project, user)
    except NotAllowed:
        return False
    return True
