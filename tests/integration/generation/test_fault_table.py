"""What becomes of every fault of provider and network, through the real engine and real HTTP: DESIGN's table as rows.

The faults are made by the sandbox (docs/sandbox.md). All rows of a test go through one slice at once.
"""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from studio.catalog.models import Provider
from studio.generation.actions import check_again
from studio.generation.models import Generation, Status
from studio.keys.models import STOPPED, ApiKey, KeyState
from studio.kit import clock
from studio.kit.storage import media_path
from tests.integration.generation.conftest import Engine
from tests.integration.generation.faults import (
    DONE,
    FAILED,
    IMPATIENT,
    PACE,
    REFUSED,
    UNDELIVERED,
    UNKNOWN,
    UNKNOWN_UNSENT,
    WAITS,
    Table,
    rows,
)
from tests.integration.generation.running import running_slice, wait_until

pytestmark = pytest.mark.any_database

SUBMISSIONS = [
    *rows("301 | 302 | 307 | 308 | 400 | 403 | 404 | 405 | 410 | 413 | 415 | 422 | 451 | refuse", REFUSED),
    *rows("408 | 409 | 500 | 501 | 502 | 503=none | 503=soon | 504 | 507 | 520 | 522 | 524 | 530 | 599", UNKNOWN_UNSENT),
    *rows("500 accept | 502 accept | 504 accept | 524 accept", UNKNOWN),
    *rows("html | html=502 | html=504", UNKNOWN_UNSENT),
    *rows("html accept | wire=html | wire=empty | wire=truncated | wire=nested | wire=gzip", UNKNOWN),
    *rows("reset | wire=cutheaders | wire=cutbody | wire=longer | wire=shorter", UNKNOWN),
    *rows("wire=twice", DONE),
    *rows("fewer=0 | text | nothing", UNDELIVERED),
    *rows("more=2", DONE.but(images=3, settled=3)),
]  # fmt: skip


def test_submissions(engine: Engine) -> None:
    table = Table(engine)
    table.queue(SUBMISSIONS)
    table.run()
    table.check(SUBMISSIONS)
    assert_nothing_is_left_behind()


REFUSED_KEYS = [*rows("401 times=1 | 402 times=1", WAITS)]
RESTS_S = {"503=7": 7, "503=date+7": 7, "429=40": 40, "429=date+40": 40, "429=99999999999": 600}
RESTING_KEYS = [row for wish in RESTS_S for row in rows(wish, WAITS)]
# Nothing that could be waited for: a pause of our own, and once more.
HASTY = [*rows("429=none | 429=-5 | 429=0 | 429=soon | 429=date-40", DONE.but(sent=2))]


def test_submissions_that_wait_for_their_key(engine: Engine) -> None:
    table, waiting = Table(engine), [*REFUSED_KEYS, *RESTING_KEYS]
    table.queue(waiting)
    started_at = clock.now()
    table.run()
    table.check(waiting)
    stopped = ApiKey.objects.filter(state__in=STOPPED)
    assert Counter(stopped.order_by("id").values_list("state", flat=True)) == Counter(
        {KeyState.UNAUTHORISED: 2, KeyState.OUT_OF_CREDIT: 2}
    )
    for row in RESTING_KEYS:
        rest_s = (table.key_of(row).resting_until - started_at).total_seconds()
        assert RESTS_S[row.markers] - 2 < rest_s < RESTS_S[row.markers] + 5, row

    table.mend()
    table.run()
    table.check([replace(row, outcome=DONE.but(sent=2)) for row in waiting])


def test_submissions_that_are_sent_again_soon_but_not_at_once(engine: Engine) -> None:
    table = Table(engine)
    table.queue(HASTY)
    table.run()
    table.check(HASTY)
    for row in HASTY:
        steps = table.generation_of(row).timeline.order_by("id")
        refused, again = steps.get(kind="requeued"), steps.filter(kind="sending").last()
        assert again is not None
        assert (again.at - refused.at).total_seconds() >= 0.8 * PACE.resend_first_s, row


def test_a_task_that_another_generation_has_is_not_taken_for_ones_own(engine: Engine) -> None:
    table = Table(engine)
    first = rows("sametask=one", DONE, "hub")
    again = rows("sametask=one slow=1", UNKNOWN, "hub")
    table.queue(first)
    table.run()
    table.queue(again)
    table.run()
    table.check([*first, *again])
    assert "the same task" in table.generation_of(again[0]).problem


SLOW = [
    *rows("hang | wire=dripheaders | wire=drip | wire=endless", UNKNOWN),
    *rows("poll=hang | poll=dripheaders | poll=drip | poll=endless", DONE, "hub"),
    *rows("pending | poll=500 polltimes=999", UNKNOWN.but(says="It may still finish, and charge"), "hub"),
    *rows("file=hang | file=dripheaders | file=drip | file=endless", DONE),
    *rows(
        "file=hang filetimes=999 | file=drip filetimes=999 | file=endless filetimes=999", UNDELIVERED, "hub"
    ),
]


def test_answers_that_never_come_or_never_end(engine: Engine) -> None:
    table = Table(engine)
    table.queue(SLOW)
    table.run(IMPATIENT)
    table.check(SLOW)
    assert_nothing_is_left_behind()


HUGE = [*rows("wire=huge", UNKNOWN), *rows("poll=huge", DONE, "hub")]


def test_answers_of_200_megabytes(engine: Engine) -> None:
    table = Table(engine)
    table.queue(HUGE)
    table.run()
    table.check(HUGE)


POLLS = [
    *rows("poll=301 | poll=400 | poll=401 | poll=402 | poll=403 | poll=404 | poll=405", DONE, "hub"),
    *rows("poll=408 | poll=409 | poll=410 | poll=413 | poll=415 | poll=422 | poll=429 | poll=500", DONE, "hub"),
    *rows("poll=502 | poll=503 | poll=504", DONE, "hub"),
    *rows("poll=reset | poll=cutheaders | poll=cutbody | poll=longer | poll=shorter", DONE, "hub"),
    *rows("poll=html | poll=empty | poll=truncated | poll=nested | poll=twice | poll=gzip", DONE, "hub"),
    *rows("says=dancing | says=processing.pending.dancing.queued | poll=524", DONE, "hub"),
    *rows("poll=500 polltimes=3 | poll=404 polltimes=3", DONE, "hub"),
    *rows("poll=404 polltimes=999", UNKNOWN, "hub"),
    *rows("fail | fail=nsfw | timeout | cancelled", FAILED, "hub"),
]  # fmt: skip


def test_polls(engine: Engine) -> None:
    table = Table(engine)
    table.queue(POLLS)
    table.run()
    table.check(POLLS)
    assert_nothing_is_left_behind()


FILES = [
    *rows("file=404 | file=408 | file=425 | file=429 | file=500 | file=502 | file=503 | file=524", DONE),
    *rows("file=301 | file=reset | file=cutheaders | file=cutbody | file=longer", DONE),
    *rows("file=empty | file=othertype", DONE),
    # Asked again, the Hub gives a new address; ModelStream can't be asked.
    *rows("file=expired | file=401 | file=403 | file=410", DONE, "hub"),
    *rows("file=401 | file=403 | file=410", UNDELIVERED, "stream"),
    *rows("file=400 | file=405 | file=451", UNDELIVERED),
    *rows("file404 | file=403 filetimes=999 | file=410 filetimes=999 | file=503 filetimes=999", UNDELIVERED),
    *rows("file=reset filetimes=999", UNDELIVERED),
    *rows("file=gzip", UNDELIVERED),
    *rows("filebroken | file=truncated filetimes=999 | file=shorter filetimes=999", UNDELIVERED),
    *rows("file=html filetimes=999 | file=svg filetimes=999 | file=bomb filetimes=999", UNDELIVERED),
    *rows("file=http://10.0.0.1/x | file=http://169.254.169.254/x | file=https://localhost/x", UNDELIVERED),
]  # fmt: skip


def test_files(engine: Engine) -> None:
    table = Table(engine)
    table.queue(FILES)
    table.run()
    table.check(FILES)
    assert_nothing_is_left_behind()


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """An address at which every connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """An address at which every connection is taken, and no request ever answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as hole:
        yield f"127.0.0.1:{hole.getsockname()[1]}"


NOWHERE = pytest.mark.parametrize("nowhere", [closed_port, black_hole])


@NOWHERE
def test_files_at_an_address_where_nobody_answers(
    engine: Engine, nowhere: Callable[[], AbstractContextManager[str]]
) -> None:
    table = Table(engine)
    with nowhere() as host:
        address = f"http://{host}/x.png"
        lost = [*rows(f"file={address}", DONE), *rows(f"file={address} filetimes=999", UNDELIVERED)]
        Provider.objects.update(allowed_hosts=[engine.server.host, host])
        table.queue(lost)
        table.run(IMPATIENT)
    table.check(lost)
    assert_nothing_is_left_behind()


@NOWHERE
def test_polls_of_a_provider_that_does_not_answer_any_more(
    engine: Engine, nowhere: Callable[[], AbstractContextManager[str]]
) -> None:
    """It has the task and goes away: for a while, or for longer than anybody waits. Nothing is sent again."""
    table, (brief, long) = Table(engine), rows("slow=6 | slow=7", DONE, "hub")
    table.queue([brief, long])
    with running_slice():
        for row in (brief, long):
            wait_until(lambda row=row: engine.status_of(table.generation_of(row)) == Status.RUNNING)
    hands_off(table.generation_of(long), for_s=60)
    with nowhere() as host:
        move_providers(host)
        with running_slice():
            time.sleep(0.5)
        move_providers(engine.server.host)
        table.run()
        table.check([brief])

        hands_off(table.generation_of(long), for_s=-1)
        move_providers(host)
        table.run(replace(IMPATIENT, run_deadline_s=1, overdue_s=1, poll_timeout_s=0.4))
        table.check([replace(long, outcome=UNKNOWN.but(says="It may still finish, and charge"))])
    move_providers(engine.server.host)
    check_again(generation=table.generation_of(long), by=engine.cast.contributor)
    table.run()
    table.check([brief, long])
    assert_nothing_is_left_behind()


def hands_off(generation: Generation, *, for_s: float) -> None:
    """Let nobody look after it for so long."""
    until = clock.now() + timedelta(seconds=for_s)
    Generation.objects.filter(id=generation.id).update(next_action_at=until)


def move_providers(host: str) -> None:
    Provider.objects.update(base_url=f"http://{host}", allowed_hosts=[host])


def assert_nothing_is_left_behind() -> None:
    for folder in ("tmp", "incoming"):
        assert [path for path in media_path(f"{folder}/x").parent.rglob("*") if path.is_file()] == []
