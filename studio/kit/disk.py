"""How much room the disks have: results that are paid for, and the database, must never meet a full one."""

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# The disk is full, a quota or limit is used up, or the file system went read-only.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
# What is kept free for each picture that is still to come; most are smaller, few are larger.
PICTURE_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder that Studio writes to. `spare_bytes` is what is free beyond the reserve, negative where it is touched."""

    name: str
    path: Path
    free_bytes: int

    @property
    def spare_bytes(self) -> int:
        return self.free_bytes - reserve_bytes()


def disks() -> list[Disk]:
    """Return the disks that results are written to: that of the images, and that of the database and its journal."""
    folders = {"images": Path(settings.MEDIA_ROOT), "database": Path(settings.DATA.path)}
    return [Disk(name, path, free_bytes(path)) for name, path in folders.items()]


def free_bytes(path: Path) -> int:
    """Return what is free where a folder is, or will be."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(there).free


def reserve_bytes() -> int:
    """Return what is to stay free."""
    return settings.DISK_RESERVE_MB * 1_000_000


def pictures_that_fit() -> int:
    """Return for how many more pictures there is room, zero where the reserve is touched."""
    spare = min(disk.spare_bytes for disk in disks())
    return max(0, spare // PICTURE_BYTES)


def full_disk() -> Disk | None:
    """Return a disk that has no room for another picture, None where all have."""
    return next((disk for disk in disks() if disk.spare_bytes < PICTURE_BYTES), None)


def megabytes(count_bytes: int) -> str:
    """Say an amount of bytes as people do: "480 MB", "12.5 GB"."""
    if count_bytes >= 10**9:
        return f"{count_bytes / 10**9:,.1f} GB"
    return f"{count_bytes / 10**6:,.0f} MB"
