"""Generations at a steady rate for a long time, with faults strewn in: is the account right, and does memory stay?

The sandbox runs beside the app and breaks a share of all that it is asked for. When no more is pressed and everything
has ended, the checker of the tests compares tables, files and bill. Each process is weighed every few seconds.
"""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.app import ENDED, App, BenchmarkFailed, wait_for
from benchmarks.figures import Figure, percentile
from benchmarks.flight import sandbox
from benchmarks.visitor import Visitor
from tests.checker import Row as CheckedRow
from tests.checker import check

MINUTES, RATE = 30.0, 5.0
FAULTY_SHARE = 0.02
# Of each kind of request, all of them together the share above. What is sent again, asked again, unknown, or fails.
FAULTS: Mapping[str, Sequence[str]] = {
    "submission": ("429=1", "500", "502 accept", "wire=reset", "wire=truncated", "fail", "refuse", "hang"),
    "poll": ("500", "reset", "cutbody", "html", "hang", "truncated"),
    "file": ("503", "reset", "truncated", "expired", "404", "cutbody"),
}
LEARN_FROM = 4
AT_ONCE = 8
WEIGH_EVERY_S = 5.0
END_TIMEOUT_S, CHORES_TIMEOUT_S, LOOK_EVERY_S = 600.0, 120.0, 2.0
GROWTH_AIM = 10.0
MOST_TOLD, WARNINGS_TOLD = 10, 40


def measure(folder: Path, minutes: float, rate: float) -> list[Figure]:
    """Press so many times a second for so long; raises BenchmarkFailed where the checker finds anything."""
    with sandbox() as url, App(folder / "soak", settings={"STUDIO_SANDBOX_URL": url}) as app:
        visitor = Visitor(app)
        visitor.press_all((_prompt() for _ in range(LEARN_FROM)), LEARN_FROM)
        _wait_until_all_ended(app)
        app.write("UPDATE studio_apikey SET max_in_flight = 1000, max_submitting = 100")
        seed = _strew_faults(url)
        with weighing(app) as scales:
            presses = _press_steadily(visitor, minutes * 60, rate)
        given = _withdraw_faults(url)
        _wait_until_all_ended(app)
        statuses = _check(app)
    return [
        Figure("generations", sum(statuses.values()), "", note=_count(statuses)),
        Figure("pressed a second", presses.rate, "", aim=0.9 * rate, is_floor=True),
        Figure("a press, median", percentile(presses.took_s, 50)),
        Figure("a press, p95", percentile(presses.took_s, 95)),
        Figure("presses that failed", presses.failed, "", aim=0),
        Figure("faults", sum(given.values()), "", note=f"{_count(given)}; seed {seed}"),
        Figure(
            "what the checker found", 0, "", aim=0, note="anything else would have ended this with its words"
        ),
        *_memory_figures(scales),
    ]


@dataclass(slots=True)
class Presses:
    """What became of the presses; each that failed was refused, or not answered."""

    took_s: list[float] = field(default_factory=list)
    failed: int = 0
    rate: float = 0.0


@dataclass(slots=True)
class Scales:
    """What the app weighed at each look, in bytes: all of it, and the heaviest process of each kind, by its name."""

    totals: list[int] = field(default_factory=list)
    heaviest: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def look(self, app: App) -> None:
        by_kind = defaultdict[str, list[int]](list)
        for name, weight in app.memory_by_process().values():
            by_kind[name].append(weight)
        self.totals.append(sum(map(sum, by_kind.values())))
        for name, weights in by_kind.items():
            self.heaviest[name].append(max(weights))


@contextmanager
def weighing(app: App) -> Iterator[Scales]:
    """Weigh the app's processes every few seconds, in a thread of its own."""
    scales, is_over = Scales(), Event()

    def weigh() -> None:
        while not is_over.is_set():
            scales.look(app)
            is_over.wait(WEIGH_EVERY_S)

    thread = Thread(target=weigh)
    thread.start()
    try:
        yield scales
    finally:
        is_over.set()
        thread.join()


def growth_percent(weights: Sequence[int]) -> float:
    """Return by how much the median of the last third is above that of the middle one, in percent."""
    third = len(weights) // 3
    return 100 * (median(weights[-third:]) / median(weights[third:-third]) - 1)


def _press_steadily(visitor: Visitor, duration_s: float, rate: float) -> Presses:
    """Press at the ticks of a clock; where all hands are busy, later, so that the rate tells it."""
    presses, running = Presses(), set[Future[float]]()
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(int(duration_s * rate)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            while len(running) >= AT_ONCE:
                _gather(running, presses)
                time.sleep(0.005)
            if time.monotonic() - began > duration_s:
                break
            running.add(pool.submit(_press, visitor))
            _gather(running, presses)
    _gather(running, presses)
    presses.rate = len(presses.took_s) / (time.monotonic() - began)
    return presses


def _press(visitor: Visitor) -> float:
    began = time.monotonic()
    visitor.press(_prompt())
    return time.monotonic() - began


def _gather(running: set[Future[float]], presses: Presses) -> None:
    for done in [one for one in running if one.done()]:
        running.discard(done)
        try:
            presses.took_s.append(done.result())
        except (BenchmarkFailed, httpx.HTTPError):
            presses.failed += 1


def _prompt() -> str:
    return f"Soak {uuid4().hex}"


def _strew_faults(url: str) -> int:
    """Order the faults, and return the seed with which they can be strewn in the same way."""
    seed = Random().randrange(1_000_000)
    with httpx.Client(trust_env=False, timeout=30) as client:
        for kind, faults in FAULTS.items():
            for number, fault in enumerate(faults):
                order = {
                    "on": kind,
                    "fault": fault,
                    "share": FAULTY_SHARE / len(faults),
                    "seed": seed + number,
                }
                client.post(f"{url}/sandbox/faults", json=order).raise_for_status()
    return seed


def _withdraw_faults(url: str) -> Counter[str]:
    """Order no more, and return how many fell on what."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        orders = client.get(f"{url}/sandbox/faults").raise_for_status().json()
        client.delete(f"{url}/sandbox/faults").raise_for_status()
    given = Counter[str]()
    for order in orders["faults"]:
        given[order["on"]] += order["given"]
    return given


def _wait_until_all_ended(app: App) -> None:
    marks = ", ".join("?" * len(ENDED))
    question = f"SELECT count(*) FROM studio_generation WHERE status NOT IN ({marks})"
    wait_for(lambda: not app.read(question, *ENDED)[0][0], "all to end", END_TIMEOUT_S, every_s=1)


def _check(app: App) -> Counter[str]:
    """Compare everything with the sandbox's bill; return how the generations have ended."""

    def query(question: str) -> list[CheckedRow]:
        with closing(sqlite3.connect(f"file:{app.data / 'studio.sqlite3'}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(question)]

    # Smaller copies of the last images are still being made, under names that nobody knows yet.
    ends_at = time.monotonic() + CHORES_TIMEOUT_S
    while (report := check(query, app.data / "media", app.whole_bill())).leftovers:
        if time.monotonic() > ends_at:
            break
        time.sleep(LOOK_EVERY_S)
    found = [*report.problems, *(f"nobody knows the file {name}" for name in report.leftovers)]
    if found:
        warnings = [line for line in app.printed().splitlines() if " WARNING " in line or " ERROR " in line]
        told = ["The checker found:", *found[:MOST_TOLD], f"({len(found)} in all.) The app’s last warnings:"]
        raise BenchmarkFailed("\n".join([*told, *warnings[-WARNINGS_TOLD:]]))
    return report.statuses


def _memory_figures(scales: Scales) -> list[Figure]:
    """Weigh the end against the middle: of all together, and of the heaviest of each kind that was there throughout.

    The heaviest and not each: a worker that has idled so far, and gets to work in the last third, then weighs what its
    peers have weighed all the time.
    """
    lasting = {
        name: weights for name, weights in scales.heaviest.items() if len(weights) == len(scales.totals)
    }
    return [
        _growth("all together", scales.totals),
        *(_growth(f"the heaviest {name}", weights) for name, weights in sorted(lasting.items())),
    ]


def _growth(what: str, weights: Sequence[int]) -> Figure:
    if len(weights) < 3:
        return Figure(f"growth of {what}", None, "%", note="too short to say")
    start, middle, end = (weights[at] / 1e6 for at in (0, len(weights) // 2, -1))
    return Figure(
        f"growth of {what}",
        growth_percent(weights),
        "%",
        aim=GROWTH_AIM,
        note=f"{start:.0f}, {middle:.0f} and {end:.0f} MB at start, middle and end",
    )


def _count(named: Mapping[str, Any]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(named.items()))
