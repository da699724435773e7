"""A backup that is made while generations are under way, restored elsewhere: nothing lost, nothing sent twice."""

import tarfile
from pathlib import Path

import pytest

from tests.processes.conftest import Press
from tests.processes.installation import Installation
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

HUB = "mountsea:nano-banana-2"
MODELSTREAM = "modelstream:NB2"


def test_a_backup_in_full_flight(
    studio: Installation, provider: SandboxServer, press: Press, tmp_path: Path
) -> None:
    press(3, HUB, "done before")
    studio.wait_for(succeeded=3)
    press(6, HUB, "[sandbox:slow=40] on its way")
    press(6, MODELSTREAM, "[sandbox:slow=8] in one request")
    studio.wait_until(lambda: studio.statuses()["running"] > 0, "some are running")
    assert studio.statuses()["submitting"] > 0
    file = tmp_path / "studio.backup"
    done = studio.manage("backup", str(file), "--with-encryption-key")
    assert done.returncode == 0, done.stderr
    # The machine is lost while it works: what it sent after the backup, the backup can't know.
    studio.kill_everything()
    with tarfile.open(file) as tar:
        assert tar.getnames()[-1] == "manifest.json"

    other = Installation(tmp_path / "other", sandbox_url=provider.url)
    done = other.manage("restore", str(file))
    assert done.returncode == 0, done.stderr + done.stdout
    with other:
        other.wait_until(lambda: not _pending(other), "nothing is pending any more")
        report = other.check(provider)
        assert report.problems == []
        # On a busy machine a second worker may have begun to fetch the same file; it gives up by itself.
        other.wait_until(lambda: not other.check(provider).leftovers, "nothing is left over")
        assert report.statuses["succeeded"] >= 3
        assert report.statuses.total() == 15
        assert other.manage("check_ledger").returncode == 0


def _pending(studio: Installation) -> int:
    statuses = studio.statuses()
    return sum(statuses[status] for status in ("queued", "submitting", "running", "fetching"))
