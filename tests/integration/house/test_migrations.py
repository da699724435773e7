"""Migrations say what the models say, and old rows come along."""

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from studio.audit.models import AuditEntry
from studio.catalog.models import ImageModel
from studio.gallery.filters import Filters
from studio.gallery.pages import gallery_page
from studio.generation.models import Batch, Generation, Image
from studio.spending.queries import usage_this_month
from studio.spending.verifying import find_differences

FIRST = [("studio", "0001_initial")]


@pytest.fixture
def _at_the_first_release(transactional_db: None) -> Iterator[None]:
    """The database as it was in the first release; afterwards it is as it was."""
    MigrationExecutor(connection).migrate(FIRST)
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
    assert find_differences() == []
    told = AuditEntry.objects.order_by("id").values_list("kind", "project_id", "subject_id")
    assert list(told) == [
        ("projects", batch.project_id, batch.project_id),
        ("images", batch.project_id, generation.pk),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.update(verb="project.forgotten")


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
