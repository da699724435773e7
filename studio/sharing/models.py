"""Links with which somebody without an account sees pictures of a project."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from studio.generation.models import Image
from studio.kit.clock import now
from studio.projects.models import Project


class Covers(models.TextChoices):
    IMAGES = "images", "Chosen images"
    PROJECT = "project", "The whole project"


class ShareLink(models.Model):
    """A link to pictures of one project: chosen ones, or all that its gallery shows.

    Only a digest of its token is stored, so its address is shown once; a renewed link has a new one.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="share_links")
    covers = models.CharField(max_length=8, choices=Covers)
    title = models.CharField(max_length=120)
    token_digest = models.CharField(max_length=64, unique=True)
    password = models.CharField(max_length=128, blank=True)
    shows_prompts = models.BooleanField(default=False)
    gives_originals = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["project", "-id"], name="share_link_of_project")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(covers__in=Covers.values), name="share_link_covers_known"),
        ]

    def __str__(self) -> str:
        return f"share link {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def works(self) -> bool:
        return not self.is_revoked and not self.is_expired

    @property
    def covers_project(self) -> bool:
        return self.covers == Covers.PROJECT


class SharedImage(models.Model):
    """One of the images that a link was made for."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="shared")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="shared")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["link", "image"], name="shared_image_once")]

    def __str__(self) -> str:
        return f"image {self.image_id} of link {self.link_id}"
