"""Files that a crash left behind: on disk, but known to no row."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from studio.generation.models import Generation, Image, Status, Upload

# Far longer than anything takes between giving a file its name and committing its row.
GRACE = timedelta(days=1)


def remove_leftovers(older_than: timedelta = GRACE) -> int:
    """Delete files of the media folder that no row knows and that are older than this; return how many."""
    removed = 0
    for path in leftovers(older_than):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def leftovers(older_than: timedelta = GRACE) -> Iterator[Path]:
    """Find files of the media folder that no row knows and that are older than this.

    Their age is that of `ctime`, which a new name changes: a hard link has the `mtime` of its original.
    """
    named_before = time.time() - older_than.total_seconds()
    for path in _unknown(Path(settings.MEDIA_ROOT)):
        if path.stat(follow_symlinks=False).st_ctime < named_before:
            yield path


def _unknown(root: Path) -> Iterator[Path]:
    """Yield the files without a row, one small folder at a time."""
    for area in ("tmp", "incoming", "images", "uploads", "thumbnails"):
        for folder in [root / area, *sorted((root / area).glob("??"))]:
            files = [path for path in folder.glob("*") if path.is_file()]
            known = _known_stems(area, folder.name) if files else set()
            yield from (path for path in files if _stem(area, path) not in known)


def _stem(area: str, path: Path) -> str:
    """Return the part of a name that a thumbnail ("7q…k-640.webp") shares with its original."""
    return path.stem.rpartition("-")[0] if area == "thumbnails" else path.stem


def _known_stems(area: str, folder: str) -> set[str]:
    if area == "incoming":
        fetching = Generation.objects.filter(status=Status.FETCHING).values_list("result_files", flat=True)
        names = [
            source["file"] for sources in fetching.order_by("id") for source in sources if "file" in source
        ]
    elif area == "uploads":
        names = _names(Upload, area, folder)
    else:
        names = _names(Image, "images", folder)
        names += _names(Upload, "uploads", folder) if area == "thumbnails" else []
    return {Path(name).stem for name in names}


def _names(model: type[Image] | type[Upload], area: str, folder: str) -> list[str]:
    # A range instead of LIKE: SQLite's LIKE would read the whole index.
    rows = model._default_manager.filter(file__gt=f"{area}/{folder}/", file__lt=f"{area}/{folder}0")
    return list(rows.order_by("file").values_list("file", flat=True))
