"""Disks, files and the ledger."""

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

from studio.generation.leftovers import leftovers
from studio.generation.models import Generation, Image, Status, Upload
from studio.generation.verifying import find_differences
from studio.kit import disk
from studio.operations.doctor.finding import Finding, many

SHOWN = 5
UPLOAD_BYTES = 100_000_000
_RESTORE = "Put them back from a backup: their names are the same there. Nothing makes them anew."


def check_disks() -> Iterator[Finding]:
    """There is room for results, for the database, and for what people upload."""
    for one in disk.disks():
        if one.spare_bytes < disk.PICTURE_BYTES:
            yield Finding(
                f"The disk of the {one.name} ({one.path}) has {disk.megabytes(one.free_bytes)} free, and "
                f"{disk.megabytes(disk.reserve_bytes())} are to stay so: nothing new is sent.",
                "Make room, or lower STUDIO_DISK_RESERVE_MB. Sending goes on by itself.",
            )
    temporary = Path(tempfile.gettempdir())
    if (free := disk.free_bytes(temporary)) < UPLOAD_BYTES:
        yield Finding(
            f"The folder for temporary files ({temporary}) has {disk.megabytes(free)} free: uploads may fail.",
            "Make room there, or point TMPDIR elsewhere.",
        )


def check_missing_files() -> Iterator[Finding]:
    """Every image and reference image that a row knows is on disk."""
    missing = [*_missing(Image), *_missing(Upload), *_missing_answers()]
    if missing:
        yield Finding(f"{many(len(missing), 'file')} missing: {_some(missing)}.", _RESTORE)


def check_orphaned_files() -> Iterator[Finding]:
    """No file lies about that no row knows; the night takes them away after a day."""
    orphans = list(leftovers())
    if orphans:
        size = sum(path.stat().st_size for path in orphans)
        names = _some([str(path.relative_to(settings.MEDIA_ROOT)) for path in orphans])
        yield Finding(
            f"{many(len(orphans), 'file')} ({disk.megabytes(size)}) of no row: {names}.",
            "The night's work deletes them. If they stay, see that the chores cluster works.",
            is_note=True,
        )


def check_ledger() -> Iterator[Finding]:
    """Holds, counters and figures of usage are the sums of the ledger."""
    differences = find_differences()
    for sentence in islice(differences, SHOWN):
        yield Finding(
            sentence, "Keep the database as it is, and compare with a backup: manage.py check_ledger."
        )
    if len(differences) > SHOWN:
        yield Finding(
            f"{many(len(differences) - SHOWN, 'further difference')}.", "manage.py check_ledger names all."
        )


def _missing(model: type[Image] | type[Upload]) -> Iterator[str]:
    names = model._default_manager.order_by("id").values_list("file", flat=True)
    return (name for name in names.iterator() if not _path(name).exists())


def _missing_answers() -> Iterator[str]:
    """What a provider sent in its answer, and waits to be stored: the only copy of what was paid for."""
    fetching = Generation.objects.filter(status=Status.FETCHING).order_by("id")
    for sources in fetching.values_list("result_files", flat=True):
        yield from (
            source["file"] for source in sources if "file" in source and not _path(source["file"]).exists()
        )


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
