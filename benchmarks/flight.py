"""A thousand generations of a minute each in flight at once: what the engine takes for them, and how late it is.

They are queued while the key rests, since presses are `pressed`'s to measure, and go out evenly within a minute: at its
end all are in flight, and land evenly within the next one. Then one press at a time, with nothing else to do: how long
until the provider has it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.app import App, Row, start_child, wait_for
from benchmarks.engine import stored_lags
from benchmarks.figures import Figure, percentile
from benchmarks.visitor import Visitor

TASK_S = 60
AT_ONCE = 8
LEARN_FROM = 4
HEAD_START_S = 5
ALONE = 20
ALONE_PAUSE_S = 1.5
LOOK_EVERY_S = 2.0
TIMEOUT_S = 300.0
STORED_AIM_S = 2.0
ALONE_AIM_MS = 300.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What a look at the running app found."""

    at: float
    cpu_s: float
    memory_bytes: int
    in_flight: int


def measure(folder: Path, generations: int) -> list[Figure]:
    """Let so many fly at once, then press one by one while nothing else is done."""
    with sandbox() as url, App(folder / "flight", settings={"STUDIO_SANDBOX_URL": url}) as app:
        visitor = Visitor(app)
        moments, rows, bill = _fly(app, visitor, generations)
        alone = _press_alone(app, visitor)
    lags = stored_lags(rows, bill)
    polls = sum(bill[row.task_id]["polls"] for row in rows)
    aloft = [moment for moment in moments if moment.in_flight >= generations * 0.9]
    return [
        Figure("press to provider when idle, median", percentile(alone, 50), "ms"),
        Figure("press to provider when idle, p95", percentile(alone, 95), "ms", ALONE_AIM_MS),
        Figure("most in flight", max(moment.in_flight for moment in moments), ""),
        Figure(f"{len(rows):,} of {TASK_S} s: ready to stored, median", percentile(lags, 50)),
        Figure(f"{len(rows):,} of {TASK_S} s: ready to stored, p95", percentile(lags, 95), aim=STORED_AIM_S),
        Figure("processor while nine tenths fly", _share(aloft), "% of a core", note="without the sandbox"),
        Figure(
            "memory, most", max(one.memory_bytes for one in moments) / 1e6, "MB", note="without the sandbox"
        ),
        Figure("polls per generation", polls / len(rows), ""),
    ]


@contextmanager
def sandbox() -> Iterator[str]:
    """Run a sandbox beside the app, so that what it takes is not counted as the app's, and give its address."""
    process = start_child("-m", "studio.sandbox", "--port", "0", "--paint", "plain")
    try:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()


def _press_alone(app: App, visitor: Visitor) -> list[float]:
    """Press again and again, each time with nothing else to do, and return the milliseconds to the provider.

    It has the request when its bill says so; the press begins with the row.
    """
    newest = app.newest_id()
    for _ in range(ALONE):
        visitor.press(f"Alone {uuid4().hex} [sandbox:slow=0.2]")
        time.sleep(ALONE_PAUSE_S)
    rows, bill = app.wait_until_ended(newest, ALONE, TIMEOUT_S), app.bill()
    return [1000 * (bill[row.task_id]["submitted_at"] - row.created_at) for row in rows]


def _fly(
    app: App, visitor: Visitor, generations: int
) -> tuple[list[Moment], list[Row], dict[str, dict[str, float]]]:
    """Queue them while the key rests, and let them go out one by one within the time that each takes."""
    _press(visitor, LEARN_FROM)
    app.wait_until_ended(0, LEARN_FROM, TIMEOUT_S)
    newest = app.newest_id()
    app.write("UPDATE studio_apikey SET state = 'paused', max_in_flight = ?", generations)
    _press(visitor, generations)
    _spread(app, newest, generations)
    app.write("UPDATE studio_apikey SET state = 'active'")
    moments: list[Moment] = []

    def have_landed() -> bool:
        moments.append(_look(app, newest))
        question = "SELECT count(*) FROM studio_generation WHERE id > ? AND finished_at IS NOT NULL"
        return bool(app.read(question, newest)[0][0] >= generations)

    wait_for(have_landed, f"{generations} generations to end", TIMEOUT_S, every_s=LOOK_EVERY_S)
    return moments, app.wait_until_ended(newest, generations, TIMEOUT_S), app.bill()


def _press(visitor: Visitor, count: int) -> None:
    visitor.press_all((f"Flight {uuid4().hex} [sandbox:slow={TASK_S}]" for _ in range(count)), AT_ONCE)


def _spread(app: App, newest: int, generations: int) -> None:
    """Make them due one after the other, from a moment on, as if they had been pressed evenly."""
    app.write(
        "UPDATE studio_generation SET next_action_at = strftime('%Y-%m-%d %H:%M:%f', 'now', "
        "(? + (id - ?) * ?) || ' seconds') WHERE id > ?",
        HEAD_START_S,
        newest,
        TASK_S / generations,
        newest,
    )


def _look(app: App, newest: int) -> Moment:
    flying = app.read(
        "SELECT count(*) FROM studio_generation WHERE id > ? AND status IN ('submitting', 'running', 'fetching')",
        newest,
    )
    return Moment(time.monotonic(), app.cpu_s(), app.memory_bytes(), flying[0][0])


def _share(moments: list[Moment]) -> float | None:
    """Return the processor time between the first and the last of these moments, in percent of one core."""
    if len(moments) < 2:
        return None
    first, last = moments[0], moments[-1]
    return 100 * (last.cpu_s - first.cpu_s) / (last.at - first.at)
