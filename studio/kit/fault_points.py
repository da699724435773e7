"""Named points at which a test may have this process die, as by a power cut, or stand still.

A test names a point by putting a file of that name into the folder STUDIO_FAULT_DIR. The process that reaches
the point first removes the file and kills itself, or gives itself the signal that the file names ("SIGSTOP").
Without the variable nothing happens.
"""

import os
import signal
from pathlib import Path

POINTS = {
    "hold.before": "in the press’s transaction, before its hold is written",
    "hold.after": "in the press’s transaction, after its hold is written; nothing is committed",
    "press.committed": "the press is committed, the engine hasn’t been woken",
    "intent.before": "in the intent’s transaction, before attempt, key and lease are written",
    "intent.written": "in the intent’s transaction, after they are written; nothing is committed",
    "intent.committed": "the intent is committed, the request isn’t made yet",
    "submission.before": "the request is made, none of its bytes has gone out",
    "submission.sent": "all bytes of the request have gone out, no answer has come",
    "submission.answered": "the answer has come, nothing of it is stored",
    "task.written": "in the transaction that stores the task id, before its commit",
    "task.committed": "the task id is committed",
    "claim.before": "in the transaction that takes over what is under way, before the lease is written",
    "claim.committed": "the lease on what is under way is committed, nothing is done with it yet",
    "poll.before": "before the provider is asked whether it is ready",
    "poll.answered": "the provider has answered, nothing of it is stored",
    "ready.before": "images that came in the answer are on disk, nothing is said about them yet",
    "ready.written": "in the transaction that stores the result addresses, before its commit",
    "ready.committed": "the result addresses are committed",
    "file.begun": "some bytes of a file have come",
    "file.downloaded": "all bytes of a file are on disk under a temporary name",
    "file.in_place": "file and thumbnail are in their place, no row knows them",
    # Rows, status and settlement are one transaction: the points between them are inside it.
    "rows.written": "in the last transaction, after rows and status, before the settlement",
    "settlement.written": "in the last transaction, after the settlement, before its commit",
    "stored.committed": "the last transaction is committed",
}
"""All points, in the order of a generation's life."""

_FOLDER = os.environ.get("STUDIO_FAULT_DIR", "")


def reach(point: str) -> None:
    """Die here, or stand still, if a test asks for it."""
    if not _FOLDER:
        return
    try:
        wanted = (Path(_FOLDER) / point).read_text()
        (Path(_FOLDER) / point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.Signals[wanted or "SIGKILL"])
