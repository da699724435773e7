"""On whom a limit lies, and how it is called: the team, a project, a person, or a person in a project."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from studio.people.models import User
from studio.projects.models import Project


class Scope(NamedTuple):
    """None and None is the whole team; both ids together are one person in one project."""

    project_id: int | None = None
    user_id: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among others: the same in every process, so that rows are made in one order."""
        return self.project_id or 0, self.user_id or 0


TEAM = Scope()


def scopes_of(project_id: int, user_id: int) -> tuple[Scope, Scope, Scope, Scope]:
    """Return the four scopes that a press counts in, the widest first."""
    return TEAM, Scope(project_id), Scope(None, user_id), Scope(project_id, user_id)


def rows_of(scopes: Iterable[Scope]) -> Q:
    """Return the condition for rows (`project`, `user`) of these scopes; for none of them, nothing matches.

    Scopes that differ by the person only are one part of it: of a thousand parts SQLite makes no query.
    """
    people: defaultdict[int | None, list[int]] = defaultdict(list)
    projects: list[int] = []
    condition = Q(pk__in=[])
    for project_id, user_id in sorted(set(scopes), key=lambda one: one.order):
        if user_id is not None:
            people[project_id].append(user_id)
        elif project_id is not None:
            projects.append(project_id)
        else:
            condition |= Q(project_id=None, user_id=None)
    if projects:
        condition |= Q(project_id__in=projects, user_id=None)
    for project_id, user_ids in people.items():
        condition |= Q(project_id=project_id, user_id__in=user_ids)
    return condition


def name_of_scope(project: Project | None, user: User | None) -> str:
    """Name a scope to somebody else than the person in it: "The team", "Poster", "Ada", "Ada in Poster"."""
    if user is None:
        return project.name if project else "The team"
    return f"{user.display_name} in {project.name}" if project else user.display_name
