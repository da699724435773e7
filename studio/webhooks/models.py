"""An address per project that is told what happens there, and each telling."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from studio.projects.models import Project

# How long after each failed attempt the next one is made; after the last of them it is given up, some two days later.
WAITS = (
    *(timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24)),
)


class Event(models.TextChoices):
    """What is told, by the name that the receiver reads."""

    FINISHED = "batch.finished", "Images are ready"
    FAILED = "batch.failed", "Images failed"
    ASKED = "budget.asked", "Somebody asked for more"
    GRANTED = "budget.granted", "A request was approved"
    DECLINED = "budget.declined", "A request was declined"
    INVITED = "member.added", "Somebody was added"
    ROLE_CHANGED = "member.role_changed", "A role changed"
    TEST = "test", "A test"


class Webhook(models.Model):
    """Where a project's events are posted, and the secret by which the receiver knows them, encrypted.

    `stopped_at` is set when it was given up after failing for long; a manager starts it again.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="webhook")
    url = models.CharField(max_length=500)
    secret_encrypted = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"webhook of {self.project_id}"


class Delivery(models.Model):
    """One event on its way to a webhook: `next_at` is when it is tried next, None when it is over.

    `payload` holds ids, roles and addresses of pages, never prompts or names. `subject_id` is what it is about.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32, choices=Event)
    message_id = models.UUIDField(default=uuid4, unique=True)
    subject_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(event__in=Event.values), name="delivery_event_known"),
            # Two generations that end in one moment both find their batch over.
            models.UniqueConstraint(
                fields=["webhook", "subject_id"],
                condition=Q(event__in=[Event.FINISHED, Event.FAILED]),
                name="delivery_batch_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"

    @property
    def is_failed(self) -> bool:
        return self.delivered_at is None and self.next_at is None

    def wait_after(self, moment: datetime) -> datetime | None:
        """Return when to try next after so many failed attempts; None when that was the last."""
        return moment + WAITS[self.attempts - 1] if self.attempts <= len(WAITS) else None
