"""A smoke test of the promise: whoever is killed, and wherever, nothing is lost and nothing is paid for twice.

Each test has work in several states, ends somebody in the middle of it, and lets Studio go on by itself. What was
on the wire to the provider when its process died becomes `unknown`, with its hold kept: nobody can know. Everything
else must end well. The checker then compares rows, files and the provider's bill.
"""

import os
import signal

import pytest

from tests.processes.conftest import Press
from tests.processes.installation import Installation
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

ASYNCHRONOUS, SYNCHRONOUS = "mountsea:nano-banana-2", "modelstream:NB2"


def test_workers_die_before_and_after_a_request_goes_out(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    _start_working(studio, provider, press)
    for point in ("submission.before", "submission.answered"):
        studio.die_at(point)
        press(1, ASYNCHRONOUS, f"victim of {point}")
        studio.wait_for_death(point)
        press(1, ASYNCHRONOUS, f"late after {point}")
        press(1, SYNCHRONOUS, f"late and long after {point}")
        studio.wait_for(like=f"late%{point}%", succeeded=2)
    studio.wait_for(like="victim%", unknown=2)
    _goes_on_by_itself(studio, provider)
    arrived = [prompt for prompt in provider.bill()["attempts"] if prompt.startswith("victim")]
    assert arrived == ["victim of submission.answered number 0"]


def test_workers_die_in_mid_poll_and_in_mid_download(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    _start_working(studio, provider, press)
    for point in ("poll.answered", "file.downloaded", "file.in_place"):
        studio.die_at(point)
        studio.wait_for_death(point)
    _goes_on_by_itself(studio, provider)


def test_a_worker_dies_while_unpacking_a_synchronous_answer(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    """The images that came in the answer itself are on disk before anything is said about them."""
    studio.die_at("file.in_place")
    press(2, SYNCHRONOUS, "swift [sandbox:b64]")
    studio.wait_for_death("file.in_place")
    studio.wait_until(lambda: not set(studio.statuses()) - {"succeeded", "unknown"}, "both have ended")
    assert studio.statuses()["succeeded"] >= 1, "what was in place is found again"
    assert studio.check(provider).problems == []


def test_a_stop_waits_for_the_answers_that_are_on_their_way(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    press(4, ASYNCHRONOUS, "swift [sandbox:slow=60]")
    press(2, SYNCHRONOUS, "long [sandbox:slow=25]")
    studio.wait_for(like="swift%", running=4)
    _wait_until_accepted(studio, provider, "long [sandbox:slow=25]", 2)
    assert studio.stop() == 0
    assert set(studio.statuses(like="long%")) <= {"fetching", "succeeded"}
    assert studio.statuses(like="swift%") == {"running": 4}
    assert studio.rows("SELECT id FROM studio_generation WHERE lease_owner <> ''") == []
    studio.start()
    studio.wait_for(succeeded=6)
    assert studio.stop() == 0
    report = studio.check(provider)
    assert (report.problems, report.leftovers) == ([], [])


def test_a_second_signal_cuts_what_is_on_the_wire(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    _start_working(studio, provider, press)
    studio.signal(signal.SIGTERM)
    studio.wait_until(lambda: "Waiting for requests" in studio.output, "the stop says what it waits for")
    studio.signal(signal.SIGTERM)
    assert studio.wait_for_end() == 0
    assert "2 generations become “unknown”" in studio.output
    studio.start()
    _goes_on_by_itself(studio, provider)


def test_everything_is_killed_and_started_again(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    _start_working(studio, provider, press, swift=8)
    studio.kill_everything()
    studio.start()
    _goes_on_by_itself(studio, provider, swift=8)


def test_the_main_process_of_the_cluster_is_killed(
    studio: Installation, provider: SandboxServer, press: Press
) -> None:
    _start_working(studio, provider, press)
    os.kill(studio.engine_cluster(), signal.SIGKILL)
    _goes_on_by_itself(studio, provider)


def test_idle_workers_are_killed(studio: Installation, provider: SandboxServer, press: Press) -> None:
    """One of them holds the lock of django-q's queue: it is never given back, and the others wait for ever."""
    press(1, ASYNCHRONOUS, "first")
    studio.wait_for(succeeded=1)
    held = "SELECT name FROM studio_pumplease WHERE name = 'pump' AND owner <> ''"
    studio.wait_until(lambda: not studio.rows(held), "the slice has ended")
    for pid in studio.engine_workers():
        os.kill(pid, signal.SIGKILL)
    press(2, ASYNCHRONOUS, "swift")
    studio.wait_for(succeeded=3)
    assert studio.stop() == 0
    report = studio.check(provider)
    assert (report.problems, report.leftovers) == ([], [])


def _start_working(studio: Installation, provider: SandboxServer, press: Press, swift: int = 6) -> None:
    """Have `swift` tasks running (4 s each) and two long requests (16 s) on the wire."""
    press(2, SYNCHRONOUS, "long [sandbox:slow=80]")
    press(swift, ASYNCHRONOUS, "swift [sandbox:slow=20]")
    _wait_until_accepted(studio, provider, "long [sandbox:slow=80]", 2)
    _wait_until_accepted(studio, provider, "swift [sandbox:slow=20]", swift)
    running = lambda: not set(studio.statuses(like="swift%")) - {"running", "fetching", "succeeded"}  # noqa: E731
    studio.wait_until(running, "all tasks are known")


def _goes_on_by_itself(studio: Installation, provider: SandboxServer, swift: int = 6) -> None:
    studio.wait_for(like="swift%", succeeded=swift)
    studio.wait_for(like="long%", unknown=2)
    assert studio.check(provider).problems == []


def _wait_until_accepted(studio: Installation, provider: SandboxServer, words: str, count: int) -> None:
    def accepted() -> int:
        return sum(prompt.startswith(words) for prompt in provider.bill()["idempotency"])

    studio.wait_until(lambda: accepted() == count, f"{count} × {words} accepted")
