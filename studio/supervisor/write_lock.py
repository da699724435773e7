"""Who holds SQLite's one write lock: where that process stands still, nobody can write until it is ended.

PostgreSQL needs none of this: the server itself ends a transaction that its client has left standing
(`project.database`).
"""

import contextlib
import os
import struct
import sys
from pathlib import Path

from django.db import connection

# https://sqlite.org/walformat.html: the writer locks this byte of the file beside the database's, by fcntl.
_WRITE_LOCK_AT = 120
# Linux's struct flock: type, whence, start, length, owner.
_FLOCK = "hhqqi"


def holder() -> int | None:
    """Return the id of the process that is writing, None where there is none or nobody can tell.

    Call it without an open connection: to close the file gives up all locks that this process has on it.
    """
    if connection.vendor != "sqlite":
        return None
    return holder_of(Path(f"{connection.settings_dict['NAME']}-shm"))


def holder_of(shared_memory: Path) -> int | None:
    """Return who holds the write lock of the database to which this "-shm" file belongs."""
    if sys.platform != "linux":
        return None
    import fcntl

    wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _WRITE_LOCK_AT, 1, 0)
    with contextlib.suppress(OSError), shared_memory.open("rb+") as file:
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, wanted))
        # In a container, the id of a process outside of it is 0.
        return pid if kind != fcntl.F_UNLCK and pid > 0 else None
    return None
