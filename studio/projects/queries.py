"""Reading projects: always through what a person may see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, CharField, F, Func, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.shortcuts import get_object_or_404

from studio.people.models import User
from studio.projects.covers import Contents, contents_of
from studio.projects.models import Membership, Project, ProjectRole, Visibility

FACES = 3
# Asked for every page of a project: built from a queryset it took longer than it takes to ask.
_OWN_ROLE = f"""(
    SELECT own.role FROM {Membership._meta.db_table} own WHERE (own.project_id, own.user_id) = (%(expressions)s)
)"""  # noqa: S608  the name of our own table


class Which(StrEnum):
    """Which projects of those that a person sees."""

    ALL = "all"
    MINE = "mine"
    TEAM = "team"

    @classmethod
    def parse(cls, value: str) -> "Which":
        return cls(value) if value in list(cls) else cls.ALL


def find_project(slug: str, user: User, **along: Combinable) -> Project:
    """Return the project of this slug, with what the person is in it. Raises Http404 when it isn't theirs to see.

    `along` are read in the same query and become attributes of the project.
    """
    own_role = Func(F("pk"), Value(user.pk), template=_OWN_ROLE, output_field=CharField())
    visible = Project.objects.visible_to(user).annotate(own_role=own_role, **along)
    project = get_object_or_404(visible, slug=slug)
    project.reader = (user.pk, project.own_role)  # type: ignore[attr-defined]  # annotated
    return project


def role_in(project: Project, user: User) -> ProjectRole | None:
    """Return what this person is in the project: an explicit role wins over the team's general one.

    Admins of the team manage every project; in a project open to the team everyone contributes but guests, who are
    nothing where they weren't given a role, and contributors at most where they were.
    """
    if not user.is_active:
        return None
    if user.is_admin:
        return ProjectRole.MANAGER
    if role := member_role(project, user):
        return most_for(user, ProjectRole(role))
    is_open = project.visibility == Visibility.TEAM and not user.is_guest
    return ProjectRole.CONTRIBUTOR if is_open else None


def most_for(user: User, role: ProjectRole) -> ProjectRole:
    """Return the role, or the most that this person may have of it: guests manage nothing."""
    return ProjectRole.CONTRIBUTOR if user.is_guest and role is ProjectRole.MANAGER else role


def member_role(project: Project, user: User) -> str | None:
    """Return the role with which the project lists this person, if it does."""
    if project.reader and project.reader[0] == user.pk:
        return project.reader[1]
    roles = Membership.objects.filter(project=project, user=user).order_by("id")
    return roles.values_list("role", flat=True).first()


def counted_images(count: int) -> str:
    """Return "1 image" or "1,284 images"."""
    return f"{count:,} {'image' if count == 1 else 'images'}"


def words_for_images(count: int) -> str:
    """Return "No images yet", "1 image" or "1,284 images"."""
    return counted_images(count) if count else "No images yet"


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project in the list, with what it holds and some of its members."""

    project: Project
    contents: Contents
    members: list[User]
    can_manage: bool

    @property
    def faces(self) -> list[User]:
        return self.members[:FACES]

    @property
    def faceless_count(self) -> int:
        return max(0, len(self.members) - FACES)

    @property
    def image_words(self) -> str:
        return words_for_images(self.contents.image_count)

    @property
    def last_at(self) -> datetime:
        return self.contents.last_at or self.project.created_at


def list_cards(user: User, *, search: str = "", which: Which = Which.ALL) -> list[ProjectCard]:
    """Return the projects that a person sees, the one with the latest activity first, archived ones too."""
    projects = Project.objects.visible_to(user)
    if search:
        projects = projects.filter(Q(name__icontains=search) | Q(description__icontains=search))
    if which is Which.MINE:
        projects = projects.filter(memberships__user=user)
    elif which is Which.TEAM:
        projects = projects.filter(visibility=Visibility.TEAM)
    found = list(projects.prefetch_related(Prefetch("memberships", list_members())))
    contents = contents_of([project.pk for project in found])
    cards = [_card(project, contents[project.pk], user) for project in found]
    return sorted(cards, key=lambda card: card.last_at, reverse=True)


def list_members() -> QuerySet[Membership]:
    """Return memberships with their people, managers first, then by seniority."""
    rank = Case(
        *(When(role=role, then=rank) for rank, role in enumerate(ProjectRole)), output_field=IntegerField()
    )
    return Membership.objects.filter(user__is_active=True).select_related("user").order_by(rank, "id")


def _card(project: Project, contents: Contents, user: User) -> ProjectCard:
    memberships = list(project.memberships.all())
    manages = any(row.user_id == user.pk and row.role == ProjectRole.MANAGER for row in memberships)
    can_manage = user.is_admin or (manages and not user.is_guest)
    return ProjectCard(project, contents, [row.user for row in memberships], can_manage=can_manage)
