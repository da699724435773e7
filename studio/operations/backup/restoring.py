"""Putting a backup into an empty installation, and what becomes of the work that was under way in it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django_q.models import OrmQ

from studio.generation.engine.outcomes import lost_with_backup
from studio.generation.models import PENDING, Generation, NotedMoment, PumpLease, Status
from studio.kit import clock
from studio.kit.errors import Conflict, Invalid
from studio.operations.backup.archive import Manifest, unpack
from studio.operations.backup.databases import is_empty, put_back
from studio.operations.backup.making import COPY, KEYS


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How many generations go on, and of how many nobody knows whether they were sent after the backup."""

    going_on: int
    unknown: int


def restore_backup(source: Path) -> Manifest:
    """Put everything in a backup into its place, after all of it was checked. Raises Invalid, Conflict.

    The installation must be empty. The database is then as old as the backup: bring it up to date, and take over.
    """
    if not source.is_file():
        raise Invalid(f"There is no file {source}.")
    media, staging = Path(settings.MEDIA_ROOT), Path(settings.DATA.path, "restoring")
    if not is_empty() or any(path.is_file() for path in media.rglob("*")):
        raise Conflict(
            "This installation is not empty. Restore into a new STUDIO_DATA_DIR and an empty database."
        )
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    try:
        manifest = unpack(source, staging)
        _check_fits(manifest)
        _move_media(staging / "media", media)
        _put_keys(staging / KEYS)
        put_back(staging / COPY)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def take_over(*, was_stopped: bool) -> TakenOver:
    """Have the engine go on with what was under way in the backup, and send nothing that may have been sent since.

    What the provider has is asked for again. What waited may have been sent after the backup was made, unless the
    other installation was stopped before and never started again (`was_stopped`).
    """
    now = clock.now()
    OrmQ.objects.all().delete()
    PumpLease.objects.all().delete()
    NotedMoment.objects.all().delete()
    unknown = 0
    with transaction.atomic():
        Generation.objects.filter(status__in=PENDING).update(lease_owner="", lease_until=None)
        if not was_stopped:
            queued = Generation.objects.select_for_update().filter(status=Status.QUEUED).order_by("id")
            unknown = sum(lost_with_backup(generation, now) for generation in queued)
        going_on = Generation.objects.filter(status__in=PENDING).count()
    return TakenOver(going_on, unknown)


def _check_fits(manifest: Manifest) -> None:
    if manifest.vendor != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Invalid(
            f"The backup is of {names.get(manifest.vendor, manifest.vendor)}, and this installation uses "
            f"{names[connection.vendor]}. See STUDIO_DATABASE_URL."
        )
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "studio"}
    if manifest.migration not in known:
        raise Invalid("The backup was made by a newer Studio. Restore it with that version.")


def _move_media(source: Path, target: Path) -> None:
    if not source.exists():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def _put_keys(source: Path) -> None:
    """Put the backup's keys before those that are here, which may encrypt nothing yet."""
    if not source.exists() or settings.ENCRYPTION_KEYS:
        return
    target = Path(settings.ENCRYPTION_KEYS_FILE)
    old = target.read_text() if target.exists() else ""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.restored")
    fresh.touch(0o600)
    fresh.write_text(f"{source.read_text().rstrip()}\n{old}")
    fresh.replace(target)
