"""Projects: where images are made together, and who may do what in them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value

from studio.people.models import TeamRole, User


class Visibility(models.TextChoices):
    TEAM = "team", "Everyone in the team"
    MEMBERS = "members", "Members only"


class ProjectRole(models.TextChoices):
    MANAGER = "manager", "Manager"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> "ProjectQuerySet":
        """Keep what this person may see; everything else does not exist for them."""
        if user.is_admin:
            return self
        is_member = Func(F("pk"), Value(user.pk), template=_IS_MEMBER, output_field=BooleanField())
        if user.is_guest:
            return self.filter(is_member)
        return self.filter(Q(visibility=Visibility.TEAM) | is_member)

    def archived(self) -> "ProjectQuerySet":
        return self.filter(archived_at__isnull=False)

    def open(self) -> "ProjectQuerySet":
        return self.filter(archived_at__isnull=True)


# Asked for every page of a project: built from a queryset it took longer than it takes to ask.
_IS_MEMBER = """EXISTS (
    SELECT 1 FROM studio_membership own WHERE (own.project_id, own.user_id) = (%(expressions)s)
)"""


class Project(models.Model):
    """A shared room with its own prompts, results and gallery."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=500, blank=True)
    visibility = models.CharField(max_length=16, choices=Visibility, default=Visibility.TEAM)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    objects = ProjectQuerySet.as_manager()

    # A person's id and role as a member (None for no member), where `find_project` has read it along.
    reader: tuple[int, str | None] | None = None

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values), name="project_visibility_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_members_only(self) -> bool:
        return self.visibility == Visibility.MEMBERS


class MembershipQuerySet(models.QuerySet["Membership"]):
    def managing(self) -> "MembershipQuerySet":
        """Keep those who can manage their project now: managers who can sign in and are no guests."""
        able = self.filter(role=ProjectRole.MANAGER, user__is_active=True)
        return able.exclude(user__role=TeamRole.GUEST)


class Membership(models.Model):
    """A person's role in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=ProjectRole)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=ProjectRole.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}: {self.role}"

    @property
    def role_label(self) -> str:
        return ProjectRole(self.role).label
