"""Names of slices, as owners of leases: each says which process it is in, so that a dead one is known as such.

The name has the machine's boot and process namespace, the process id and its start. Where that can't be learned
(outside Linux), or the process is elsewhere, nobody is taken for dead, and leases run out as they always do.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

from studio.kit.ids import random_name


def new_owner() -> str:
    """Return a name for one slice of this process; at most 40 characters."""
    pid = os.getpid()
    return f"{here()}.{pid}.{_started(pid)}.{random_name(6)}"


@cache
def here() -> str:
    """Return eight characters for the space in which a process id means one process; empty where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {space}".encode()).hexdigest()[:8]


def pid_of(owner: str) -> int | None:
    """Return the id of an owner's process, if that is or was one of this machine."""
    place, _, rest = owner.partition(".")
    pid = rest.partition(".")[0]
    return int(pid) if place and place == here() and pid.isdecimal() else None


def is_gone(owner: str) -> bool:
    """Tell whether the process of an owner has certainly ended."""
    pid = pid_of(owner)
    return pid is not None and _started(pid) != owner.split(".")[2]


def _started(pid: int) -> str:
    """Return when a process was started, in ticks since the boot; empty when it is no more, or dead but unburied."""
    try:
        # Behind the name in brackets, which may hold anything: state, parent … and the start as the 20th.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]
