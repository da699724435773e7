"""Whether this installation is being stopped: the supervisor says so by a file in the run folder."""

import os
from pathlib import Path

STOP_FILE = "stopping"


def run_folder() -> Path | None:
    """Return the supervisor's run folder, None when nobody supervises this process."""
    folder = os.environ.get("STUDIO_RUN_DIR", "")
    return Path(folder) if folder else None


def is_stopping() -> bool:
    """Tell whether no new work may be begun."""
    folder = run_folder()
    return folder is not None and (folder / STOP_FILE).exists()
