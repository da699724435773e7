"""Making and changing projects and their members. `by` is None for the command line, which may do everything."""

import logging

from django.db import IntegrityError, transaction

from studio.audit.actions import record
from studio.kit.clock import now
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.projects.models import Membership, Project, ProjectRole, Visibility
from studio.projects.policies import (
    check_can_create_project,
    check_can_edit,
    check_can_leave,
    check_can_manage,
    check_keeps_a_manager,
    check_role_fits,
)
from studio.projects.slugs import suggest_slug

log = logging.getLogger(__name__)


@transaction.atomic
def create_project(
    *,
    name: str,
    slug: str = "",
    description: str = "",
    visibility: Visibility = Visibility.TEAM,
    by: User | None,
) -> Project:
    """Create a project, managed by its creator; without a slug, one is made from the name.

    Raises NotAllowed for guests, Conflict when the slug is taken.
    """
    if by:
        check_can_create_project(by)
    project = Project(
        name=name, slug=slug or suggest_slug(name), description=description, visibility=visibility
    )
    project.created_by = by
    _save(project)
    if by:
        Membership.objects.create(project=project, user=by, role=ProjectRole.MANAGER)
    record(verb="project.created", subject=project, by=by, details={"visibility": visibility})
    log.info("projects.project.created project=%s", project.pk)
    return project


@transaction.atomic
def edit_project(
    *, project: Project, name: str, slug: str, description: str, visibility: Visibility, by: User | None
) -> Project:
    """Change what a project is called and who sees it. Raises Conflict when the slug is taken."""
    if by:
        check_can_edit(project, by)
    wanted = {"name": name, "slug": slug, "description": description, "visibility": visibility}
    changed = [field for field, value in wanted.items() if getattr(project, field) != value]
    details: JsonObject = {"fields": [*changed]}
    if "visibility" in changed:
        details["visibility"] = [project.visibility, visibility]
    for field in changed:
        setattr(project, field, wanted[field])
    if changed:
        _save(project, changed)
        record(verb="project.edited", subject=project, by=by, details=details)
    return project


@transaction.atomic
def archive_project(*, project: Project, by: User | None) -> Project:
    """Make a project read-only; what it holds stays."""
    if by:
        check_can_manage(project, by)
    if Project.objects.open().filter(pk=project.pk).update(archived_at=now()):
        record(verb="project.archived", subject=project, by=by)
    project.refresh_from_db()
    return project


@transaction.atomic
def restore_project(*, project: Project, by: User | None) -> Project:
    """Open an archived project again."""
    if by:
        check_can_manage(project, by)
    if Project.objects.archived().filter(pk=project.pk).update(archived_at=None):
        record(verb="project.restored", subject=project, by=by)
    project.refresh_from_db()
    return project


@transaction.atomic
def add_member(*, project: Project, person: User, role: ProjectRole, by: User | None) -> Membership:
    """Give a person a role in the project. Raises Conflict when they have one already, or can't have this one."""
    if by:
        check_can_edit(project, by)
    check_role_fits(person, role)
    membership, is_new = Membership.objects.get_or_create(
        project=project, user=person, defaults={"role": role}
    )
    if not is_new:
        raise Conflict(f"{person.display_name} is a member already.")
    record(verb="member.added", subject=project, by=by, details={"person": person.pk, "role": role})
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: ProjectRole, by: User | None) -> Membership:
    """Give a member another role. Raises Conflict when the project's last manager would go."""
    project = _locked(membership.project)
    if by:
        check_can_edit(project, by)
    check_role_fits(membership.user, role)
    if role != ProjectRole.MANAGER:
        check_keeps_a_manager(membership, by)
    before = membership.role
    if before != role:
        membership.role = role
        membership.save(update_fields=["role"])
        record(
            verb="member.role_changed",
            subject=project,
            by=by,
            details={"person": membership.user_id, "role": [before, role]},
        )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User | None) -> None:
    """Take a person off the list of members. Raises Conflict when the last manager would go."""
    project = _locked(membership.project)
    if by:
        check_can_edit(project, by)
    _remove(membership, project, by, "member.removed")


@transaction.atomic
def leave_project(*, project: Project, by: User) -> None:
    """Take oneself off the list of members. Raises Conflict for the last manager."""
    project = _locked(project)
    check_can_leave(project, by)
    _remove(project.memberships.get(user=by), project, by, "member.left")


def _remove(membership: Membership, project: Project, by: User | None, verb: str) -> None:
    check_keeps_a_manager(membership, by)
    details: JsonObject = {"person": membership.user_id, "role": membership.role}
    membership.delete()
    record(verb=verb, subject=project, by=by, details=details)


def _locked(project: Project) -> Project:
    """Return the project as stored now, locked: two managers can't both leave at once."""
    return Project.objects.select_for_update().get(pk=project.pk)


def _save(project: Project, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            project.save(update_fields=fields)
    except IntegrityError as error:
        raise Conflict(f"The address “{project.slug}” is taken by another project.") from error
