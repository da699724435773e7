"""API keys of the providers: encrypted, limited, and stopped when the provider says so."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from studio.catalog.models import Provider


class KeyState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    UNAUTHORISED = "unauthorised", "Refused by the provider"
    OUT_OF_CREDIT = "out_of_credit", "Out of credit"
    RETIRING = "retiring", "Retiring"
    RETIRED = "retired", "Retired"


# A key that was rotated out takes no new submission ever again.
ROTATED_OUT = (KeyState.RETIRING, KeyState.RETIRED)


class ApiKeys(models.QuerySet["ApiKey"]):
    """Keys, as sets."""

    def present(self) -> Self:
        """Those that weren't deleted: the row of a deleted one stays for the records that name it."""
        return self.filter(deleted_at__isnull=True)


class ApiKey(models.Model):
    """A key of a provider. The secret is stored encrypted and never shown again.

    A key with `is_sandbox` stands for the sandbox, which answers while the provider has no real key.
    Of those with room, the one with the lowest `priority` is used first.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="keys")
    label = models.CharField(max_length=80)
    secret_encrypted = models.TextField()
    last_four = models.CharField(max_length=4)
    fingerprint = models.CharField(max_length=16)
    is_sandbox = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=KeyState, default=KeyState.ACTIVE)
    resting_until = models.DateTimeField(null=True)
    max_in_flight = models.PositiveIntegerField(default=500)
    max_submitting = models.PositiveIntegerField(default=32)
    max_per_minute = models.PositiveIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(default=5)
    last_used_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    objects = ApiKeys.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "fingerprint"],
                condition=models.Q(deleted_at__isnull=True),
                name="key_once_per_provider",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True) | models.Q(secret_encrypted=""),
                name="key_deleted_without_secret",
            ),
            models.CheckConstraint(condition=models.Q(state__in=KeyState.values), name="key_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.last_four else self.label
