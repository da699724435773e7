"""News for open pages: one row per change, written in the transaction that made the change."""

from typing import ClassVar

from django.db import models

from studio.projects.models import Project


class Change(models.Model):
    """Something in a project changed. Carries ids only; who reads it asks for the rest."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["project", "id"])]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} in {self.project_id}"
