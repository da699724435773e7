"""The checker must see what it is for: every lie that is put into a true database is told."""

import base64
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.checker import Report, check
from tests.processes.conftest import FirstStart, Press
from tests.processes.installation import Installation
from tests.processes.visitor import PAGE, Visitor
from tests.sandbox_server import SandboxServer
from tests.told import find_secrets, find_unclear

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


# What the page of each must say, and what takes it away. Generation 1 fails, 2 is unknown, 3 is made, 4 is cancelled.
SILENCES = {
    "generation 1 (failed) doesn't say what happened": (1, r"<h1.*?</h1>"),
    "generation 1 (failed) doesn't say why": (1, r"<header>.*?</header>"),
    "generation 1 (failed) doesn't say whether it cost money": (1, r"charged|held"),
    "generation 1 (failed) doesn't say what can be done": (1, r'class="btn.*?"'),
    "generation 2 (unknown) doesn't say why": (2, r"<header>.*?</header>"),
    "generation 2 (unknown) doesn't say what can be done": (2, r'<ul class="ways".*?</ul>'),
    "generation 3 (succeeded) shows no image": (3, r"<img.*?>"),
    "generation 3 (succeeded) doesn't say what is held or paid": (3, r'<section class="fsum".*?</section>'),
    "generation 4 (cancelled) doesn't say whether it cost money": (4, r"charged|held"),
}


def test_every_silence_is_noticed(studio: Installation, press: Press, first_start: FirstStart) -> None:
    press(1, "mountsea:nano-banana-2", "refused [sandbox:refuse]")
    studio.wait_for(failed=1)
    press(1, "modelstream:NB2", "lost [sandbox:reset]")
    studio.wait_for(failed=1, unknown=1)
    press(1, "mountsea:nano-banana-2", "made")
    studio.wait_for(failed=1, unknown=1, succeeded=1)
    press(1, "mountsea:nano-banana-2", "unwanted [sandbox:slow=20] [sandbox:fail]")
    studio.wait_for(failed=1, unknown=1, succeeded=1, running=1)
    with Visitor(studio.url) as visitor:
        visitor.sign_in(first_start.sign_in)
        visitor.submit(f"{PAGE}generations/4/", "generations/4/cancel")
        studio.wait_for(failed=1, unknown=1, succeeded=1, cancelled=1)
        pages = {id: visitor.get(f"{PAGE}generations/{id}/").text for id in (1, 2, 3, 4)}
    rows = studio.rows("SELECT id, status FROM studio_generation ORDER BY id")
    assert list(find_unclear(rows, pages.__getitem__)) == []
    for words, (id, silence) in SILENCES.items():
        changed = {**pages, id: re.sub(silence, "", pages[id], flags=re.S)}
        assert any(words in told for told in find_unclear(rows, changed.__getitem__)), words


def test_every_secret_is_noticed(studio: Installation, press: Press, tmp_path: Path) -> None:
    press(1, "mountsea:nano-banana-2", "a secret")
    studio.wait_for(succeeded=1)
    secrets, tables = studio.secrets("ms-1234567890abcdef"), studio.tables()
    assert {"the API key", "secret_key", "encryption_keys"} <= secrets.keys()
    assert {"studio_batch", "django_q_ormq", "studio_cache"} <= set(tables)
    assert find_secrets(secrets, studio.rows, tables, [studio.log], []) == []
    for name, secret in secrets.items():
        note = tmp_path / "note.log"
        note.write_text(f"sent with {quote(secret, safe='')}")
        lie = f"SELECT '{base64.b64encode(secret.encode()).decode()}' AS prompt"
        told = find_secrets(
            secrets, lambda _, lie=lie: studio.rows(lie), ["a_table"], [note], [f"<p>{secret}"]
        )
        assert told == [f"{name} is found in {place}" for place in ("a_table.prompt", "note.log", "a page")]


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
