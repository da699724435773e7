"""Named points at which a test may have this process die, as by a power cut.

A test names a point by putting a file of that name into the folder STUDIO_FAULT_DIR. The process that reaches
the point first removes the file and kills itself. Without the variable nothing happens.
"""

import os
import signal
from pathlib import Path

_FOLDER = os.environ.get("STUDIO_FAULT_DIR", "")


def reach(point: str) -> None:
    """Die here, if a test asks for it."""
    if not _FOLDER:
        return
    try:
        (Path(_FOLDER) / point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
