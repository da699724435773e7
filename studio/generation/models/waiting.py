"""Presses that a limit stopped and that wait for an answer: the rows. What is done to them is in `asking`."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from studio.catalog.models import ImageModel, ModelSchema
from studio.generation.models.generation import Batch, Upload
from studio.kit.clock import team_today
from studio.projects.models import Project
from studio.spending.limits import Unit, amount_of
from studio.spending.models import Grant, Quota
from studio.spending.offers import until_words


class RequestState(models.TextChoices):
    WAITING = "waiting", "Waiting for approval"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class LimitRequest(models.Model):
    """Somebody asks for more than a limit allows, and the press that it stopped waits with the question.

    Nothing is held or sent for it. `amount` is in the limit's unit (images, or micro-dollars), on top of it until
    the end of `ends_on`. Approved, it has its grant, and the batch that went out; without a batch `problem` says what
    still stops it. `answer` is the admin's sentence. With `seen_at` the author has put the news away.
    """

    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(max_length=8, choices=Unit)
    amount = models.PositiveBigIntegerField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="+")
    schema = models.ForeignKey(ModelSchema, on_delete=models.PROTECT, related_name="+")
    prompt = models.TextField()
    input = models.JSONField()
    uploads = models.ManyToManyField(Upload, related_name="waiting")
    calls = models.PositiveSmallIntegerField()
    images = models.PositiveIntegerField()
    cost_micros = models.BigIntegerField(null=True)
    press = models.UUIDField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    grant = models.OneToOneField(Grant, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.OneToOneField(Batch, null=True, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "id"], condition=Q(state="waiting"), name="request_waiting"),
            models.Index(
                fields=["project", "author", "id"],
                condition=Q(seen_at__isnull=True),
                name="request_of_author",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(state=RequestState.WAITING, decided_at__isnull=True)
                | (~Q(state=RequestState.WAITING) & Q(decided_at__isnull=False)),
                name="request_decided_at_with_end",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="request_asks_for_something"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}: {self.state}"

    @property
    def amount_words(self) -> str:
        return amount_of(self.unit, self.amount)

    @property
    def until_words(self) -> str:
        return until_words(self.ends_on, team_today())

    @property
    def look(self) -> str:
        """How its card looks: it waits, went out, was declined, or something else stops it."""
        if self.state == RequestState.APPROVED:
            return "sent" if self.batch_id else "stopped"
        return str(self.state)

    @property
    def is_waiting(self) -> bool:
        return self.state == RequestState.WAITING

    @property
    def is_stopped(self) -> bool:
        """Whether it was approved, and something else still keeps the press from going out."""
        return self.state == RequestState.APPROVED and self.batch_id is None
