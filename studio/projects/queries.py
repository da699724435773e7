"""Reading projects: always through what a person may see."""

from django.shortcuts import get_object_or_404

from studio.people.models import User
from studio.projects.models import Membership, Project, ProjectRole, Visibility


def find_project(slug: str, user: User) -> Project:
    """Return the project of this slug. Raises Http404 when it isn't the person's to see."""
    return get_object_or_404(Project.objects.visible_to(user), slug=slug)


def role_in(project: Project, user: User) -> ProjectRole | None:
    """Return what this person is in the project: an explicit role wins over the team's general one.

    Admins of the team manage every project; in a project open to the team everyone contributes.
    """
    if not user.is_active:
        return None
    if user.is_admin:
        return ProjectRole.MANAGER
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership:
        return ProjectRole(membership.role)
    return ProjectRole.CONTRIBUTOR if project.visibility == Visibility.TEAM else None
