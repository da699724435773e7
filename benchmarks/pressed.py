"""Fifty presses in one moment, while others read pages: when all is stored, and how long the pages took."""

import json
import subprocess
import time
from pathlib import Path

from benchmarks.app import App, BenchmarkFailed, Row, start_child
from benchmarks.engine import STORED_TIMEOUT_S, TASK_S, prompts, wall_s
from benchmarks.figures import Figure, percentile
from benchmarks.visitor import PROJECT, Visitor

WARM_S = 10.0
READERS = 2
SOME = 12
STORED_AIM_S = 13.0
PAGE_AIM_MS = 100.0

PageTime = tuple[float, str, float, int]


def measure(folder: Path, generations: int) -> list[Figure]:
    """Press so many buttons at once, one generation each, while pages are being read."""
    with App(folder / "pressed") as app:
        visitor = Visitor(app)
        _make_some_images(app, visitor)
        readers = [_start_reader(app, visitor) for _ in range(READERS)]
        try:
            time.sleep(WARM_S)
            newest, began = app.newest_id(), time.time()
            visitor.press_all(prompts(generations), at_once=generations)
            rows = app.wait_until_ended(newest, generations, STORED_TIMEOUT_S)
            times = [one for reader in readers for one in _end_reader(reader)]
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()
    if bad := [one for one in times if one[3] != 200]:
        raise BenchmarkFailed(f"{len(bad)} pages were not answered with 200; {bad[0][1]}: {bad[0][3]}.")
    return [*_stored_figures(rows, began), *_page_figures(rows, times, began)]


def _make_some_images(app: App, visitor: Visitor) -> None:
    """Give the pages something to show, and the app a model's usual time to know."""
    newest = app.newest_id()
    visitor.press_all(prompts(SOME), at_once=SOME)
    app.wait_until_ended(newest, SOME, STORED_TIMEOUT_S)


def _start_reader(app: App, visitor: Visitor) -> subprocess.Popen[str]:
    image = app.read("SELECT max(id) FROM studio_image")[0][0]
    paths = ["/", PROJECT, f"{PROJECT}gallery/", f"{PROJECT}images/{image}/"]
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    reader = start_child("-m", "benchmarks.reader")
    assert reader.stdin
    reader.stdin.write(json.dumps({"url": app.url, "paths": paths, "cookie": cookie}) + "\n")
    reader.stdin.flush()
    return reader


def _end_reader(reader: subprocess.Popen[str]) -> list[PageTime]:
    printed, _ = reader.communicate(timeout=40)
    if reader.returncode:
        raise BenchmarkFailed("The reader of pages ended with an error.")
    return [(at, path, milliseconds, status) for at, path, milliseconds, status in json.loads(printed)]


def _stored_figures(rows: list[Row], began: float) -> list[Figure]:
    queued_s = max(row.created_at for row in rows) - began
    return [
        Figure(
            f"{len(rows)} of {TASK_S} s pressed at once: all stored",
            max(row.finished_at or 0.0 for row in rows) - began,
            aim=STORED_AIM_S,
            note=f"all queued after {queued_s:.2f} s; from the first queued: {wall_s(rows):.1f} s",
        )
    ]


def _page_figures(rows: list[Row], times: list[PageTime], began: float) -> list[Figure]:
    ended = max(row.finished_at or 0.0 for row in rows)
    before = [one for one in times if one[0] < began - 1]
    meanwhile = [one for one in times if began <= one[0] <= ended]
    slowest = max(meanwhile, key=lambda one: one[2])
    late = sum(one[2] > PAGE_AIM_MS for one in meanwhile)
    where = (
        f"{slowest[1]}, {slowest[0] - began:.1f} s after the press; {late} of {len(meanwhile)} over the aim"
    )
    took, calm = [one[2] for one in meanwhile], [one[2] for one in before]
    return [
        Figure("page meanwhile, median", percentile(took, 50), "ms"),
        Figure("page meanwhile, p95", percentile(took, 95), "ms"),
        Figure("page meanwhile, slowest", slowest[2], "ms", PAGE_AIM_MS, note=where),
        Figure("page before the press, median", percentile(calm, 50), "ms", note=f"{len(calm)} pages"),
        Figure("page before the press, slowest", max(calm, default=None), "ms"),
    ]
