"""What `manage.py serve` tells the processes around it: where the sandbox listens, and when to stop.

Both are files, so that a process that was started by hand can be told in the same way.
"""

import os
from pathlib import Path

from django.conf import settings


def is_stopping() -> bool:
    """Tell whether the supervisor of this process wants it to hand over its work and end."""
    folder = os.environ.get("STUDIO_RUN_DIR", "")
    return bool(folder) and stop_file(Path(folder)).exists()


def stop_file(folder: Path) -> Path:
    """Return the file whose existence says "stop" to all that a supervisor with this folder started."""
    return folder / "stopping"


def sandbox_url() -> str:
    """Return where the sandbox listens, or nothing.

    A command in another terminal was not told by the supervisor, so it reads what that one wrote down.
    """
    if settings.SANDBOX_URL:
        return str(settings.SANDBOX_URL)
    try:
        return sandbox_file().read_text().strip()
    except FileNotFoundError:
        return ""


def sandbox_file() -> Path:
    """Return the file in which the supervisor writes down where the sandbox listens, while it does."""
    return Path(settings.DATA.path) / "run" / "sandbox_url"
