"""Making a backup while Studio works."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from studio.kit import clock
from studio.kit.errors import Invalid
from studio.kit.storage import thumbnail_name
from studio.operations.backup.archive import Manifest, Writer, writing
from studio.operations.backup.databases import Rows, copied

COPY = "database/copy"
KEYS = "secrets/encryption_keys"
WIDTHS = (320, 640, 1280)
# Answers that are unpacked are moved on within moments: where one is gone, a later copy knows its images.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Made:
    """What was backed up; `missing` files are known to the database, but were not on the disk."""

    files: int
    size_bytes: int
    missing: list[str]


def make_backup(target: Path, *, with_encryption_key: bool = False) -> Made:
    """Write a backup of everything to a file, while everybody works. Raises Invalid.

    The database is copied first, and then the files that this very copy knows: an image's file is in its place
    before its row. The key that API keys are encrypted with is left out unless it is asked for.
    """
    if not target.parent.is_dir():
        raise Invalid(f"There is no folder {target.parent}.")
    manifest = Manifest(clock.now().isoformat(timespec="seconds"), connection.vendor, _newest_migration())
    with tempfile.TemporaryDirectory(prefix=".studio-backup-", dir=target.parent) as folder:
        names = _copy_database(Path(folder))
        with writing(target, manifest) as writer:
            writer.add(COPY, Path(folder, "copy"))
            for path in sorted(Path(folder, "pinned").glob("incoming/*/*")):
                writer.add(f"media/{path.relative_to(Path(folder, 'pinned'))}", path)
            _add_media(writer, names)
            if with_encryption_key:
                _add_encryption_keys(writer, Path(folder))
    return Made(len(manifest.files), target.stat().st_size, manifest.missing)


def _copy_database(folder: Path) -> list[str]:
    """Copy the database, and pin what would be gone soon; return the names of the other files that it knows."""
    for _ in range(TRIES):
        Path(folder, "copy").unlink(missing_ok=True)
        with copied(folder / "copy") as rows:
            incoming = list(_incoming(rows))
            names = list(_names(rows))
        if all(_pin(name, folder / "pinned") for name in incoming):
            return names
    raise Invalid("Answers of a provider are gone before they can be copied. See manage.py doctor.")


def _incoming(rows: Rows) -> Iterator[str]:
    for (sources,) in rows("SELECT result_files FROM studio_generation WHERE status = 'fetching'"):
        yield from (source["file"] for source in _read(sources) if "file" in source)


def _names(rows: Rows) -> Iterator[str]:
    for name, widths in rows("SELECT file, thumbnail_widths FROM studio_image ORDER BY id"):
        yield name
        yield from (thumbnail_name(name, width) for width in _read(widths))
    for (name,) in rows("SELECT file FROM studio_upload ORDER BY id"):
        yield name
        yield from (thumbnail_name(name, width) for width in WIDTHS)


def _read(value: Any) -> Any:
    """JSON comes as text from SQLite."""
    return json.loads(value) if isinstance(value, str) else value


def _pin(name: str, folder: Path) -> bool:
    """Copy a file that is about to be moved on; False where it is gone."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.write_bytes(Path(settings.MEDIA_ROOT, name).read_bytes())
    except FileNotFoundError:
        return False
    return True


def _add_media(writer: Writer, names: list[str]) -> None:
    for name in names:
        try:
            writer.add(f"media/{name}", Path(settings.MEDIA_ROOT, name))
        except FileNotFoundError:
            # A thumbnail is made anew when it is asked for, and an upload has one of the widths only.
            if not name.startswith("thumbnails/"):
                writer.manifest.missing.append(name)


def _add_encryption_keys(writer: Writer, folder: Path) -> None:
    if settings.ENCRYPTION_KEYS:
        path = folder / "encryption_keys"
        path.write_text("\n".join(settings.ENCRYPTION_KEYS) + "\n")
    else:
        path = Path(settings.ENCRYPTION_KEYS_FILE)
    try:
        writer.add(KEYS, path)
    except FileNotFoundError:
        raise Invalid(f"There is no encryption key to back up: {path} is missing.") from None


def _newest_migration() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return max(name for app, name in applied if app == "studio")
