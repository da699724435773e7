"""Batches, generations, their timeline, images and uploads. `Generation` is the only truth about its work."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from studio.catalog.models import ImageModel, ModelSchema
from studio.keys.models import ApiKey
from studio.projects.models import Project
from studio.spending.models import Hold


class Status(models.TextChoices):
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    RUNNING = "running", "Generating"
    FETCHING = "fetching", "Fetching"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNKNOWN = "unknown", "Unknown"


PENDING = (Status.QUEUED, Status.SUBMITTING, Status.RUNNING, Status.FETCHING)
ENDED = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class Batch(models.Model):
    """One press of the button: one prompt and one set of parameters, sent as one or more generations.

    `press` is the token of the form that was sent: the same form sent twice is one press. `uploads` are those
    that `input` names, so that a picture knows what was made from it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="+")
    schema = models.ForeignKey(ModelSchema, on_delete=models.PROTECT, related_name="+")
    prompt = models.TextField()
    input = models.JSONField()
    uploads: "models.ManyToManyField[Upload, models.Model]" = models.ManyToManyField(
        "Upload", related_name="batches"
    )
    press = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["project", "author", "-id"], name="batch_of_author"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Generation(models.Model):
    """One provider call and its results. Status changes only through `studio.generation.transitions`.

    `input` is what is sent, with uploads as {"upload": id}; `next_action_at` is when the engine looks at it
    next (null: nothing to do); a lease says which slice of the pump holds it. `result_files` are the stored
    result addresses, or the names of files already written. `model` is copied from the batch, and `pace` is
    what else decides how long it takes (its resolution, say), so that times can be learned without a join.
    `retry_of` is the failed or cancelled one that this one tries again: each is tried again once at most.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="generations")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="+")
    pace = models.CharField(max_length=40, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    images_asked = models.PositiveSmallIntegerField(default=1)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="generation")
    retry_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="retried_as")

    attempt = models.PositiveIntegerField(default=0)
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="+")
    task_id = models.CharField(max_length=200, blank=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_action_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)

    result_files = models.JSONField(default=list)
    result_text = models.TextField(blank=True)
    problem = models.CharField(max_length=500, blank=True)
    problem_code = models.CharField(max_length=80, blank=True)
    problem_words = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # Conditions that a database recognises in a query: it can't see that one status is among several.
            models.Index(
                fields=["status", "next_action_at"],
                condition=Q(next_action_at__isnull=False),
                name="generation_due",
            ),
            # All that a count of the line before a provider reads, so that thousands in it cost little.
            models.Index(
                fields=["status", "model", "author", "id", "next_action_at"],
                condition=Q(next_action_at__isnull=False),
                name="generation_line",
            ),
            models.Index(
                fields=["key", "status"],
                condition=Q(next_action_at__isnull=False),
                name="generation_in_flight",
            ),
            # What went out with a key in the last minute.
            models.Index(
                fields=["key", "submitted_at"],
                condition=Q(submitted_at__isnull=False),
                name="generation_sent_with",
            ),
            models.Index(
                fields=["author", "-submitted_at"],
                condition=Q(submitted_at__isnull=False),
                name="generation_served",
            ),
            models.Index(
                fields=["model", "pace", "-ready_at"],
                condition=Q(ready_at__isnull=False),
                name="generation_ready",
            ),
            # The same for a model in general, whatever its pace.
            models.Index(
                fields=["model", "-ready_at"],
                condition=Q(ready_at__isnull=False),
                name="generation_ready_any_pace",
            ),
            models.Index(fields=["project", "-id"]),
            # What nobody has decided yet, what waits or is under way, and what failed lately, of all projects.
            models.Index(fields=["status", "finished_at", "id"], name="generation_by_status"),
            # Whether a task that a provider names is another generation's already.
            models.Index(fields=["task_id"], name="generation_task"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="generation_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, finished_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(finished_at__isnull=True)),
                name="generation_finished_at_with_end",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=PENDING) | Q(next_action_at__isnull=False),
                name="generation_pending_has_next_action",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(Status.RUNNING,)) | ~Q(task_id=""),
                name="generation_running_has_task",
            ),
        ]

    def __str__(self) -> str:
        return f"generation {self.pk}: {self.status}"

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED


class EarlierSend(models.Model):
    """A send of a generation that went out once more, since nobody knew what had become of it: its own hold and key."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="earlier_sends")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="earlier_send")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"earlier send of {self.generation_id}"


class TimelineEntry(models.Model):
    """A step in a generation's life, for its page: what, when, and figures in `data` (no secrets, no prompts)."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="timeline")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.generation_id}"


class Shape(models.TextChoices):
    LANDSCAPE = "landscape", "Landscape"
    PORTRAIT = "portrait", "Portrait"
    SQUARE = "square", "Square"


class Image(models.Model):
    """A stored result: the provider's bytes, unchanged. Size and type come from the bytes.

    Project, author and model are copied from the generation so that the gallery needs no join; `model` is the
    one that the picker shows, also where its editing twin did the work. With `deleted_at` it is in the trash.
    """

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="images")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="images")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ImageModel, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=120, unique=True)
    thumbnail_widths = models.JSONField(default=list)
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    shape = models.GeneratedField(
        # Within five percent of a square it is one.
        expression=Case(
            When(width__gt=F("height") * 1.05, then=Value(Shape.LANDSCAPE.value)),
            When(height__gt=F("width") * 1.05, then=Value(Shape.PORTRAIT.value)),
            default=Value(Shape.SQUARE.value),
        ),
        output_field=models.CharField(max_length=12, choices=Shape),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # One for each filter of the gallery, each in the gallery's order.
            models.Index(
                fields=["project", "-id"], condition=Q(deleted_at__isnull=True), name="image_gallery"
            ),
            models.Index(
                fields=["project", "model", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="image_by_model",
            ),
            models.Index(
                fields=["project", "author", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="image_by_author",
            ),
            models.Index(
                fields=["project", "shape", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="image_by_shape",
            ),
            # Holds all that the figures of a day are made of; with `deleted_at`, since SQLite would look it up.
            models.Index(
                fields=["project", "created_at", "author", "id", "deleted_at"],
                condition=Q(deleted_at__isnull=True),
                name="image_day",
            ),
            models.Index(
                fields=["project", "-deleted_at", "-id"],
                condition=Q(deleted_at__isnull=False),
                name="image_trash",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(deleted_by__isnull=True) | Q(deleted_at__isnull=False),
                name="image_deleted_by_with_time",
            ),
            models.UniqueConstraint(fields=["generation", "position"], name="image_once_per_position"),
        ]

    def __str__(self) -> str:
        return f"image {self.pk}: {self.width} × {self.height} {self.format}"

    @property
    def ratio(self) -> float:
        return self.width / self.height


class Favourite(models.Model):
    """A picture that a person marked, for themselves alone. `project` is copied from the picture."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="favourites")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["project", "person", "-image"], name="favourite_of_person")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "image"], name="favourite_once"),
        ]

    def __str__(self) -> str:
        return f"favourite {self.image_id} of {self.person_id}"


class Upload(models.Model):
    """A picture to start from, a mask included: a person's file, checked on arrival and kept as it came.

    `source` is the image of the gallery that it is a copy of; an image is copied once.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    source = models.OneToOneField(Image, null=True, on_delete=models.SET_NULL, related_name="as_upload")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"upload {self.pk}: {self.name}"


class PumpLease(models.Model):
    """The singleton leases of the engine: one row per name, held by one owner until a time."""

    name = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=40, blank=True)
    until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.owner}"


class NotedMoment(models.Model):
    """When something of the whole installation last happened, and at which place where that matters (`moments`)."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    place = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.at}"
