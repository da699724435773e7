"""API keys of the providers: encrypted, limited, and stopped when the provider says so."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from studio.catalog.models import Provider

# We are heard to wait for ten minutes at most: what lies further ahead was written before the clock was set back.
LONGEST_REST = timedelta(minutes=15)


class KeyState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    UNAUTHORISED = "unauthorised", "Refused by the provider"
    OUT_OF_CREDIT = "out_of_credit", "Out of credit"
    RETIRING = "retiring", "Retiring"
    RETIRED = "retired", "Retired"


class Verdict(models.TextChoices):
    """What the last test of a key showed. Untested: empty."""

    WORKS = "works", "Works"
    REFUSED = "refused", "Refused"
    OPEN = "open", "Not decided"


# What an admin has to mend.
STOPPED = (KeyState.UNAUTHORISED, KeyState.OUT_OF_CREDIT)
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
    Of those with room, the one with the lowest `priority` is used first. `state_since` and `state_by` say when
    the state was last changed, and by whom (null: by an answer or the command line). `credits` is the balance in
    the provider's own unit, null where it tells none.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="keys")
    label = models.CharField(max_length=80)
    secret_encrypted = models.TextField()
    last_four = models.CharField(max_length=4)
    fingerprint = models.CharField(max_length=16)
    is_sandbox = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=KeyState, default=KeyState.ACTIVE)
    state_since = models.DateTimeField(null=True)
    state_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resting_until = models.DateTimeField(null=True)
    max_in_flight = models.PositiveIntegerField(default=500)
    max_submitting = models.PositiveIntegerField(default=32)
    max_per_minute = models.PositiveIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(default=5)
    last_used_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    test_sentence = models.CharField(max_length=300, blank=True)
    test_latency_ms = models.PositiveIntegerField(null=True)
    credits = models.BigIntegerField(null=True)
    credits_asked_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                condition=models.Q(test_verdict__in=["", *Verdict.values]), name="key_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.last_four else self.label

    @property
    def is_stopped(self) -> bool:
        return self.state in STOPPED

    @property
    def is_tested_since_use(self) -> bool:
        """Tell whether the last test is the latest that is known of the key."""
        return self.tested_at is not None and (not self.last_used_at or self.tested_at > self.last_used_at)

    @property
    def is_refused_in_test(self) -> bool:
        return self.is_tested_since_use and self.test_verdict == Verdict.REFUSED

    @property
    def is_rotated_out(self) -> bool:
        return self.state in ROTATED_OUT

    def is_resting(self, now: datetime) -> bool:
        """Tell whether the provider asked to wait with this key; a rest of before the clock was set back is over."""
        return self.resting_until is not None and now < self.resting_until < now + LONGEST_REST


class OutageKind(models.TextChoices):
    UNREACHABLE = "unreachable", "Can't be reached"
    FAILING = "failing", "Answers with errors"


class OutagePhase(models.TextChoices):
    """Away: nothing is sent; trying: one goes first; returning: it is over, and what waited goes out in turn."""

    AWAY = "away", "Away"
    TRYING = "trying", "Trying"
    RETURNING = "returning", "Returning"


class Outages(models.QuerySet["Outage"]):
    """Outages, as sets."""

    def present(self) -> Self:
        """Those that aren't over."""
        return self.exclude(phase=OutagePhase.RETURNING)

    def due(self, now: datetime) -> Self:
        """Those whose provider is to be asked now whether it is back."""
        is_time = models.Q(ask_at__lte=now) | models.Q(ask_at__gt=now + LONGEST_REST)
        return self.filter(is_time, phase=OutagePhase.AWAY)


class Outage(models.Model):
    """A provider that is away: what is for it waits unsent. The row goes when all that waited has gone out.

    `asked` counts the free calls by which it was asked since; `ask_at` is when the next one is due, `back_at` when
    it answered again.
    """

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="outage")
    kind = models.CharField(max_length=16, choices=OutageKind)
    phase = models.CharField(max_length=16, choices=OutagePhase, default=OutagePhase.AWAY)
    began_at = models.DateTimeField()
    asked = models.PositiveIntegerField(default=0)
    ask_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)

    objects = Outages.as_manager()

    class Meta:
        ordering: ClassVar = ["began_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=OutageKind.values), name="outage_kind_known"),
            models.CheckConstraint(
                condition=models.Q(phase=OutagePhase.RETURNING, back_at__isnull=False)
                | models.Q(phase__in=(OutagePhase.AWAY, OutagePhase.TRYING), back_at__isnull=True),
                name="outage_back_at_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"outage of {self.provider_id}: {self.phase}"

    @property
    def is_present(self) -> bool:
        return self.phase != OutagePhase.RETURNING

    @property
    def sentence(self) -> str:
        """What is wrong: "Mountsea Hub can't be reached."."""
        if self.kind == OutageKind.FAILING:
            return f"{self.provider.name} answers with errors."
        return f"{self.provider.name} can't be reached."
