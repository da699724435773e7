"""Invitations: who may come in, as what, and into which projects."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from studio.kit.clock import now
from studio.kit.ids import random_name
from studio.people.models import TeamRole
from studio.projects.models import Project, ProjectRole


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> "InvitationQuerySet":
        """Keep what was neither accepted nor withdrawn; expired ones too, since they can be sent again."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def open(self) -> "InvitationQuerySet":
        """Keep what somebody could come in with now."""
        return self.pending().filter(expires_at__gt=now())


class Invitation(models.Model):
    """An address that may make an account, once. Its link is signed, and dies when `nonce` changes."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=TeamRole, default=TeamRole.MEMBER)
    nonce = models.CharField(max_length=26, default=random_name)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_pending_once",
            ),
            models.CheckConstraint(condition=Q(role__in=TeamRole.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()

    @property
    def works(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and not self.is_expired


class InvitedProject(models.Model):
    """A project that the invited person joins on arrival, and as what."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="joins")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=ProjectRole)

    class Meta:
        ordering: ClassVar = ["project__name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invitation", "project"], name="invited_project_once"),
            models.CheckConstraint(
                condition=Q(role__in=ProjectRole.values), name="invited_project_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id} into {self.project_id}: {self.role}"
