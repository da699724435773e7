"""Many generations of 10 s at once: how long until their images are stored, and visible in an open page."""

from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from benchmarks.app import App, Row
from benchmarks.chromium import has_browser
from benchmarks.figures import Figure, percentile
from benchmarks.open_page import open_page
from benchmarks.visitor import PROJECT, Visitor

TASK_S = 10
AT_ONCE = 10
LEARN_FROM = 4
STORED_TIMEOUT_S = 180.0
SHOWN_TIMEOUT_S = 20.0
VISIBLE_AIM_S = 1.5
POLL_AIM_S = 2.0


def measure(folder: Path, generations: int) -> list[Figure]:
    """Press for so many generations while a page is open; once before with a few, from which the app learns."""
    with ExitStack() as stack:
        app = stack.enter_context(App(folder / "engine"))
        visitor = Visitor(app)
        first = press(app, visitor, LEARN_FROM)
        page = stack.enter_context(open_page(app.url, PROJECT, visitor.cookies)) if has_browser() else None
        rows = press(app, visitor, generations)
        shown = page.wait_until_shown({row.id for row in rows}, SHOWN_TIMEOUT_S) if page else None
        bill = app.bill()
    return [
        *_stored_figures(rows, bill),
        *_shown_figures(rows, bill, shown),
        *_poll_figures(rows, bill, "", POLL_AIM_S),
        *_poll_figures(first, bill, f" (first {len(first)} of a new model)", None),
    ]


def press(app: App, visitor: Visitor, generations: int, at_once: int = AT_ONCE) -> list[Row]:
    """Press for so many generations of 10 s and wait until all are stored."""
    newest = app.newest_id()
    visitor.press_all(prompts(generations), at_once)
    return app.wait_until_ended(newest, generations, STORED_TIMEOUT_S)


def prompts(count: int) -> list[str]:
    """Return so many different prompts, each for a task of 10 s."""
    return [f"Benchmark {uuid4().hex} [sandbox:slow={TASK_S}]" for _ in range(count)]


def wall_s(rows: list[Row]) -> float:
    """Return the seconds from the first press to the last stored generation."""
    return max(row.finished_at or 0.0 for row in rows) - min(row.created_at for row in rows)


def stored_lags(rows: list[Row], bill: dict[str, dict[str, float]]) -> list[float]:
    """Return the seconds from ready at the provider to stored, for each generation."""
    return [(row.finished_at or 0.0) - bill[row.task_id]["finished_at"] for row in rows]


def _stored_figures(rows: list[Row], bill: dict[str, dict[str, float]]) -> list[Figure]:
    lags = stored_lags(rows, bill)
    queued_s = max(row.created_at for row in rows) - min(row.created_at for row in rows)
    return [
        Figure(
            f"{len(rows)} of {TASK_S} s: press to all stored",
            wall_s(rows),
            note=f"pressed within {queued_s:.1f} s",
        ),
        Figure("ready to stored, median", percentile(lags, 50)),
        Figure("ready to stored, p95", percentile(lags, 95)),
    ]


def _shown_figures(
    rows: list[Row], bill: dict[str, dict[str, float]], shown: dict[int, float] | None
) -> list[Figure]:
    if shown is None:
        return [Figure("ready to visible", None, aim=VISIBLE_AIM_S, note="no browser here: not measured")]
    lags = [shown[row.id] - bill[row.task_id]["finished_at"] for row in rows if row.id in shown]
    note = f"{len(lags)} of {len(rows)} seen"
    return [
        Figure("ready to visible, median", percentile(lags, 50), note=note),
        Figure("ready to visible, p95", percentile(lags, 95), aim=VISIBLE_AIM_S),
    ]


def _poll_figures(
    rows: list[Row], bill: dict[str, dict[str, float]], label: str, aim: float | None
) -> list[Figure]:
    tasks = [bill[row.task_id] for row in rows]
    polls = sum(task["polls"] for task in tasks)
    lives_s = sum(task["finished_at"] - task["submitted_at"] for task in tasks)
    return [
        Figure(f"polls per generation{label}", polls / len(tasks), ""),
        Figure(f"life per poll{label}", lives_s / polls, aim=aim, is_floor=True),
    ]
