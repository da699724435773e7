"""Who did what: append-only."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from studio.audit.kinds import Kind


class AuditEntry(models.Model):
    """One act of a person, or without actor of Studio itself. Ids, never names, prompts or secrets.

    `project_id` is where it was done, if anywhere; it is no foreign key, since projects are a room above.
    """

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.SETTINGS)
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.BigIntegerField(null=True)
    project_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["subject_kind", "subject_id", "id"]),
            # One for each filter of the log, in its order; by `at` the ends of a span of days are found.
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["kind", "-id"], name="audit_kind"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["project_id", "-id"], name="audit_project"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_id}"
