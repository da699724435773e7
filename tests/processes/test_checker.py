"""The checker must see what it is for: every lie that is put into a true database is told."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.checker import Report, check
from tests.processes.conftest import Press
from tests.processes.installation import Installation
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

HOLD = "(SELECT hold_id FROM studio_generation WHERE id = 1)"
# What the checker must say, and what makes it true. Generation 1 is asynchronous and made two images.
LIES = {
    "nobody will look at it again": "UPDATE studio_generation SET status = 'running', next_action_at = NULL",
    "somebody still holds it": "UPDATE studio_generation SET lease_owner = 'me' WHERE id = 1",
    "finished at None": "UPDATE studio_generation SET finished_at = NULL WHERE id = 1",
    "without a reason": "UPDATE studio_generation SET status = 'failed', problem = '' WHERE id = 1",
    "0 in its timeline": "DELETE FROM studio_timelineentry WHERE generation_id = 1",
    "is unknown, its hold is settled": "UPDATE studio_generation SET status = 'unknown' WHERE id = 1",
    "no generation knows it": "UPDATE studio_generation SET hold_id = 999 WHERE id = 1;"
    " UPDATE studio_hold SET state = 'open'; INSERT INTO studio_hold"
    " (id, state, images, cost_micros, day, created_at, project_id, user_id)"
    " SELECT 999, state, images, cost_micros, day, created_at, project_id, user_id FROM studio_hold WHERE id = 1",
    "was opened 0 times": f"DELETE FROM studio_ledgerentry WHERE hold_id = {HOLD} AND kind = 'held'",
    "closed 0 times": f"DELETE FROM studio_ledgerentry WHERE hold_id = {HOLD} AND kind = 'settled'",
    "the ledger says otherwise": f"UPDATE studio_hold SET state = 'released' WHERE id = {HOLD}",
    "the ledger doesn't say so": f"UPDATE studio_hold SET state = 'kept' WHERE id = {HOLD}",
    "was accepted 1 times instead of 0": "UPDATE studio_batch SET prompt = 'other'",
    "was meant to be sent 0 times": "UPDATE studio_generation SET attempt = 0 WHERE id = 1",
    "shares its task": "UPDATE studio_generation SET task_id = (SELECT task_id FROM studio_generation WHERE id = 1)",
    "follows a task that isn't its own": "UPDATE studio_generation SET task_id = 'x' WHERE id = 1",
    "2 charged, 1 settled": "UPDATE studio_ledgerentry SET images = 1 WHERE kind = 'settled'",
    "in total: 3 charged, 6 settled": "UPDATE studio_ledgerentry SET images = 3 WHERE kind = 'settled'",
    "succeeded without an image": "DELETE FROM studio_image WHERE generation_id = 1",
    "is failed, but has images": "UPDATE studio_generation SET status = 'failed' WHERE id = 1",
    "has images at [0, 5]": "UPDATE studio_image SET position = 5 WHERE generation_id = 1 AND position = 1",
    "aren't in the trash": "UPDATE studio_generation SET status = 'cancelled' WHERE id = 1",
    "has no file": "UPDATE studio_image SET file = 'images/no/no.png' WHERE id = 1",
    "is that of 1 images": "UPDATE studio_image SET file = 'tmp/no.png' WHERE id = 1",
    "has other bytes": "UPDATE studio_image SET sha256 = 'other' WHERE id = 1",
    "instead of 1": "UPDATE studio_image SET size_bytes = 1 WHERE id = 1",
    "no thumbnail of 99 px": "UPDATE studio_image SET thumbnail_widths = '[99]' WHERE id = 1",
}


def test_every_lie_is_told(studio: Installation, provider: SandboxServer, press: Press) -> None:
    press(1, "mountsea:nano-banana-2", "true", {"in-num_images": "2"})
    studio.wait_for(succeeded=1)
    press(1, "modelstream:NB2", "true too")
    studio.wait_for(succeeded=2)
    assert studio.stop() == 0
    truth = studio.check(provider)
    assert (truth.problems, truth.leftovers, truth.statuses) == ([], [], {"succeeded": 2})
    bill = provider.bill()
    told = {words: _check_with(lie, studio, bill).problems for words, lie in LIES.items()}
    untold = {words: found for words, found in told.items() if not any(words in each for each in found)}
    assert untold == {}
    (studio.media / "images" / "stray.png").write_bytes(b"")
    assert studio.check(provider).leftovers == ["images/stray.png"]


def _check_with(lie: str, studio: Installation, bill: dict[str, Any]) -> Report:
    """Check a copy of the database, of which the lie is the only difference."""
    with closing(sqlite3.connect(":memory:")) as copy, closing(sqlite3.connect(studio.database)) as original:
        original.backup(copy)
        # Constraints and triggers would not let these happen: the checker must not lean on them.
        for (trigger,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copy.execute(f"DROP TRIGGER {trigger}")
        copy.executescript(f"PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; {lie};")
        copy.row_factory = sqlite3.Row
        return check(lambda question: [dict(row) for row in copy.execute(question)], studio.media, bill)
