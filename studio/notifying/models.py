"""What one person is told of. Ids only: the words are made when it is read."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from studio.projects.models import Project


class Kind(models.TextChoices):
    FINISHED = "finished", "Images are ready"
    FAILED = "failed", "Images failed"
    ASKED = "asked", "Somebody asked for more"
    GRANTED = "granted", "A request was approved"
    DECLINED = "declined", "A request was declined"
    INVITED = "invited", "Added to a project"
    ROLE_CHANGED = "role_changed", "A role changed"


BATCH_KINDS = (Kind.FINISHED, Kind.FAILED)


class Notification(models.Model):
    """One thing that a person is told. `subject_id` is the batch, the request or the project that it is about."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    # When its mail is due; empty where it was sent, taken to be sent, or given up.
    mail_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="notification_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["mail_at"], condition=Q(mail_at__isnull=False), name="notification_mail_due"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_known"),
            # Two generations that end in one moment both find their batch over.
            models.UniqueConstraint(
                fields=["subject_id"], condition=Q(kind__in=BATCH_KINDS), name="notification_batch_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"

    @property
    def is_alarming(self) -> bool:
        return self.kind in (Kind.FAILED, Kind.DECLINED)
