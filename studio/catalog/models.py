"""Providers, their image models, and the immutable versions of each model's schema."""

from typing import ClassVar

from django.db import models

from studio.kit.wire import JsonObject
from studio.projects.models import Project


class Provider(models.Model):
    """A provider. `slug` names its adapter; `allowed_hosts` ("host:port") may be plain http or private.

    `listed_at` is when its list of models was last read, `listing_problem` what went wrong the last time.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    base_url = models.CharField(max_length=300)
    allowed_hosts = models.JSONField(default=list)
    listed_at = models.DateTimeField(null=True)
    listing_problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name


class ModelSchema(models.Model):
    """One version of a model's input schema with its example. Never changed; generations point to it."""

    model = models.ForeignKey("ImageModel", on_delete=models.PROTECT, related_name="schemas")
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    input_schema = models.JSONField()
    example = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "version"], name="schema_version_once"),
            models.UniqueConstraint(fields=["model", "digest"], name="schema_digest_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.version}"

    def says(self, input_schema: JsonObject, example: JsonObject) -> bool:
        """Whether it is the same. What PostgreSQL gives back is in another order, so its digest is another, too."""
        return bool(self.input_schema == input_schema and self.example == example)


class ImageModel(models.Model):
    """An image model of a provider. One that edits is `twin_of` the one that makes: both are one entry in the picker.

    `is_enabled` is what admins want; `disabled_reason` and `gone_at` keep it from being offered all the same. One that
    `is_handmade` was added by an admin, so no list has to have it. `overlay` is what they say about its fields
    (`revising`), `listed_name` what the provider calls it; `name` is theirs or the provider's. `position` is its place
    in the picker, None for one that nobody has placed. Without `is_for_everyone` it is offered in its `projects` only;
    twins always have the same ones.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="models")
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    listed_name = models.CharField(max_length=120, blank=True)
    overlay = models.JSONField(default=dict, blank=True)
    vendor = models.CharField(max_length=80, blank=True)
    mode = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=500, blank=True)
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    gone_at = models.DateTimeField(null=True)
    is_handmade = models.BooleanField(default=False)
    position = models.PositiveIntegerField(null=True)
    is_for_everyone = models.BooleanField(default=True)
    projects = models.ManyToManyField(Project, related_name="+")
    schema = models.ForeignKey(ModelSchema, null=True, on_delete=models.PROTECT, related_name="+")
    twin_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="edit_twin"
    )

    class Meta:
        ordering: ClassVar = ["name", "provider_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "slug"], name="model_once_per_provider"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_offered(self) -> bool:
        """Whether it can be called, in a project that it is meant for."""
        return (
            self.is_enabled
            and not self.disabled_reason
            and self.gone_at is None
            and self.schema_id is not None
        )

    @property
    def own_name(self) -> str:
        """What the admins call it; empty where they leave it the provider's name."""
        return str(self.overlay.get("name") or "")

    @property
    def group(self) -> str:
        """Under whose name the picker shows it."""
        return self.vendor or self.provider.name

    @property
    def entry_id(self) -> int:
        """The row of the model under which the picker shows this one."""
        return self.twin_of_id or self.pk

    @property
    def entry_name(self) -> str:
        """The name under which the picker shows this one."""
        return self.twin_of.name if self.twin_of else self.name


class ProposalKind(models.TextChoices):
    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    GONE = "gone", "Gone"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> "ProposalQuerySet":
        """Keep those about which nobody has decided."""
        return self.filter(left_at__isnull=True)


class Proposal(models.Model):
    """What a provider says of one of its models and the catalogue doesn't; an admin accepts it or leaves it.

    `reason` says why no form can be made of the schema. One that was left is kept for as long as the provider says the
    same, by its `digest`.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="proposals")
    slug = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=ProposalKind)
    listed = models.JSONField(default=dict)
    input_schema = models.JSONField(default=dict)
    example = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64)
    found_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["slug", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "slug"], name="proposal_once_per_model"),
            models.CheckConstraint(
                condition=models.Q(kind__in=ProposalKind.values), name="proposal_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.slug}"
