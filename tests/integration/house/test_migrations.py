"""Migrations say what the models say, and old rows come along."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Sum
from django.utils import timezone

from studio.audit.models import AuditEntry
from studio.catalog.models import ImageModel
from studio.gallery.filters import Filters
from studio.gallery.pages import gallery_page
from studio.generation.models import Batch, EarlierSend, Generation, Image
from studio.spending.models import Hold, UsageHour, UsageTally
from studio.spending.queries import usage_this_month
from studio.spending.verifying import find_differences

FIRST = [("studio", "0001_initial")]
BEFORE_THE_AUDIT_LOG = [("studio", "0012_append_only")]


@pytest.fixture
def _at_the_first_release(transactional_db: None) -> Iterator[None]:
    """The database as it was in the first release; afterwards it is as it was."""
    MigrationExecutor(connection).migrate(FIRST)
    yield
    _migrate_to_the_newest()


@pytest.fixture
def _before_the_audit_log(transactional_db: None) -> Iterator[None]:
    """The database as it was before the audit log and the pages about money; afterwards it is as it was."""
    MigrationExecutor(connection).migrate(BEFORE_THE_AUDIT_LOG)
    yield
    _migrate_to_the_newest()


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.usefixtures("_at_the_first_release")
def test_what_was_made_with_the_first_release_is_complete_afterwards() -> None:
    image_ids = _make_old_rows(MigrationExecutor(connection).loader.project_state(FIRST).apps)
    _migrate_to_the_newest()
    batch, again = Batch.objects.order_by("id")
    generation, retry = Generation.objects.order_by("id")
    assert (generation.retry_of, retry.retry_of, retry.batch) == (None, generation, again)
    assert (generation.model_id, batch.model.slug) == (batch.model_id, "nano-banana-edit")
    assert {image.model.slug for image in Image.objects.all()} == {"nano-banana"}
    assert [upload.name for upload in batch.uploads.all()] == ["lake.png"]
    shapes = {image.pk: image.shape for image in Image.objects.all()}
    assert shapes == dict(zip(image_ids, ["landscape", "portrait", "square"], strict=True))
    entry = ImageModel.objects.get(slug="nano-banana")
    found = gallery_page(batch.project, batch.author, Filters(text="lake", models=(entry.pk,)))
    assert sorted(image.pk for day in found.days for image in day.images) == sorted(image_ids)
    assert usage_this_month(batch.project, batch.author).held == 4
    assert {hold.model_id for hold in Hold.objects.order_by("id")} == {batch.model_id}
    assert find_differences() == []
    told = AuditEntry.objects.order_by("id").values_list("kind", "project_id", "subject_id")
    assert list(told) == [
        ("projects", batch.project_id, batch.project_id),
        ("images", batch.project_id, generation.pk),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.update(verb="project.forgotten")


@pytest.mark.usefixtures("_before_the_audit_log")
def test_what_failed_and_what_was_sent_again_before_the_audit_log_is_explained_afterwards() -> None:
    old = _OldWork(MigrationExecutor(connection).loader.project_state(BEFORE_THE_AUDIT_LOG).apps)
    codes = {
        old.fail("discarded", problem_code="timeout").pk: "discarded",
        old.fail("not_charged", problem_code="timeout").pk: "not_charged",
        old.fail("settled", ready_at=old.at, result_files=[{"url": "x"}]).pk: "undelivered",
        old.fail("settled", ready_at=old.at).pk: "no_image",
        old.fail("settled").pk: "",
        old.fail("released", problem_code="content_policy").pk: "content_policy",
    }
    again = [old.send_again() for _ in range(2)]
    _migrate_to_the_newest()
    named = Generation.objects.filter(pk__in=codes).order_by("id").values_list("pk", "problem_code")
    assert dict(named) == codes
    told = UsageTally.objects.filter(kind="failure").order_by("id").values_list("name", "count")
    assert dict(told) == {code or "unknown": 1 for code in codes.values()}
    assert UsageHour.objects.aggregate(failed=Sum("failed"))["failed"] == len(codes)
    sent = EarlierSend.objects.order_by("hold_id").values_list("generation_id", "hold_id")
    assert list(sent) == again
    assert find_differences() == []
    models = ImageModel.objects.order_by("id").values_list("name", "listed_name", "is_enabled", "gone_at")
    assert list(models) == [("Nano Banana", "Nano Banana", True, None), ("Bird", "Bird", True, None)]
    assert set(AuditEntry.objects.order_by("id").values_list("kind", "project_id")) == {
        ("images", old.project.pk)
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.order_by("id").delete()


class _OldWork:
    """Generations as they were written before the audit log: with figures of usage, but often without a code."""

    def __init__(self, apps: Any) -> None:
        self.apps, self.at = apps, timezone.now()
        self.person = self.create("User", email="painter@example.com", name="The painter")
        self.project = self.create("Project", name="Spring", slug="spring")
        provider = self.create("Provider", slug="mountsea", name="Mountsea Hub", base_url="https://a.example")
        self.model = self.create("ImageModel", provider=provider, slug="nano-banana", name="Nano Banana")
        self.create(
            "ImageModel",
            provider=provider,
            slug="bird",
            name="Bird",
            is_enabled=False,
            disabled_reason="Odd.",
        )
        self.schema = self.create("ModelSchema", model=self.model, version=1, digest="0", input_schema={})
        self.counted = 0

    def create(self, name: str, /, **fields: Any) -> Any:
        return self.apps.get_model("studio", name).objects.create(**fields)

    def fail(self, end: str, **fields: Any) -> Any:
        """Make a generation that failed, and its audit entry; `end` is the last step of its timeline."""
        is_charged = end in ("discarded", "settled")
        reason = {"settled": "charged, nothing delivered"}.get(end, "")
        hold = self._hold("settled" if is_charged else "released", reason)
        generation = self._generation(hold, "failed", finished_at=self.at, **fields)
        self._step(generation, end)
        self.create(
            "AuditEntry",
            verb="generation.cancelled",
            actor=self.person,
            subject_kind="generation",
            subject_id=generation.pk,
        )
        self._count()
        return generation

    def send_again(self) -> tuple[int, int]:
        """Make a generation that went out twice; return its id and that of its first hold."""
        first, second = self._hold("settled", "presumed charged"), self._hold("open")
        generation = self._generation(second, "queued", next_action_at=self.at)
        self._step(generation, "sent_again")
        self._count()
        return generation.pk, first.pk

    def _hold(self, state: str, reason: str = "") -> Any:
        hold = self.create(
            "Hold",
            project=self.project,
            user=self.person,
            model=self.model,
            images=1,
            state=state,
            day=timezone.localdate(),
        )
        self.create("LedgerEntry", hold=hold, kind="held", images=1)
        if state != "open":
            made = int(state == "settled")
            self.create("LedgerEntry", hold=hold, kind=state, images=made, reason=reason)
        return hold

    def _generation(self, hold: Any, status: str, **fields: Any) -> Any:
        shared = {"project": self.project, "author": self.person, "model": self.model}
        batch = self.create("Batch", schema=self.schema, prompt="A lake", input={}, **shared)
        return self.create("Generation", batch=batch, hold=hold, status=status, **shared, **fields)

    def _step(self, generation: Any, kind: str) -> None:
        self.create("TimelineEntry", generation=generation, kind=kind, at=timezone.now())

    def _count(self) -> None:
        """Count again, as the migration to the figures of usage did."""
        for name in ("UsageHour", "Counter"):
            self.apps.get_model("studio", name).objects.all().delete()
        counting = import_module("studio.migrations.0009_count_what_was_held")
        counting.fill_counters(self.apps)
        counting.fill_usage(self.apps)


def _migrate_to_the_newest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("studio"))


def _make_old_rows(apps: Any) -> list[int]:
    """Make a batch with a reference and three images, as the first release did."""

    def create(name: str, /, **fields: Any) -> Any:
        return apps.get_model("studio", name).objects.create(**fields)

    person = create("User", email="painter@example.com", name="The painter")
    project = create("Project", name="Spring", slug="spring")
    provider = create("Provider", slug="mountsea", name="Mountsea Hub", base_url="https://api.example.com")
    create("ImageModel", provider=provider, slug="nano-banana", name="Nano Banana")
    model = create("ImageModel", provider=provider, slug="nano-banana-edit", name="Nano Banana Edit")
    schema = create("ModelSchema", model=model, version=1, digest="0", input_schema={})
    file = {"format": "png", "size_bytes": 1, "sha256": "0"}
    upload = create(
        "Upload",
        project=project,
        author=person,
        file="uploads/aa/a.png",
        name="lake.png",
        width=9,
        height=9,
        **file,
    )
    given = {
        "prompt": "A lake",
        "images": [{"upload": upload.pk}, {"upload": upload.pk + 1}, "https://example.com/"],
    }
    batch = create(
        "Batch", project=project, author=person, model=model, schema=schema, prompt="A lake", input=given
    )
    hold = create("Hold", project=project, user=person, images=3, day=timezone.now().date())
    create("LedgerEntry", hold=hold, kind="held", images=3)
    generation = create(
        "Generation", batch=batch, project=project, author=person, hold=hold, next_action_at=timezone.now()
    )
    press = uuid5(NAMESPACE_OID, f"studio.generation.retry:{generation.pk}")
    again = create(
        "Batch", project=project, author=person, model=model, schema=schema, input=given, press=press
    )
    held = create("Hold", project=project, user=person, images=1, day=timezone.now().date())
    create("LedgerEntry", hold=held, kind="held", images=1)
    create(
        "Generation", batch=again, project=project, author=person, hold=held, next_action_at=timezone.now()
    )
    for verb, subject in (("project.archived", project), ("generation.cancelled", generation)):
        kind = subject._meta.model_name
        create("AuditEntry", verb=verb, actor=person, subject_kind=kind, subject_id=subject.pk)
    shared = {"generation": generation, "project": project, "author": person, "model": model, **file}
    return [
        create(
            "Image", position=place, file=f"images/aa/{place}.png", width=width, height=height, **shared
        ).pk
        for place, (width, height) in enumerate([(1600, 900), (900, 1600), (1000, 1010)])
    ]
