"""What the pump is compared with: one blocking task of the queue per generation, on the same workers and sandbox.

Each task does what is usually written first: submit, sleep and poll, download, verify, make the thumbnail, save. It
writes less than the app does (no hold, no leases, no timeline), which favours it.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkstemp

from benchmarks.app import ROOT, App, clean_environment, wait_for
from benchmarks.engine import LEARN_FROM, TASK_S, press, prompts, stored_lags, wall_s
from benchmarks.figures import Figure, percentile
from benchmarks.visitor import Visitor

WORKERS = 4
POLL_EVERY_S = 1.0
TASK_TIMEOUT_S = 120.0
KIND = "baseline"


def measure(folder: Path, generations: int) -> list[Figure]:
    """Run so many generations through the pump, then through blocking tasks, in one and the same app."""
    # All workers are blocked for long: without patience the watch would take the cluster for dead.
    settings = {"STUDIO_WORKERS": str(WORKERS), "STUDIO_HEARTBEAT_S": "300"}
    with App(folder / "baseline", settings=settings) as app:
        visitor = Visitor(app)
        press(app, visitor, LEARN_FROM)
        rows = press(app, visitor, generations)
        pump_lags = stored_lags(rows, app.bill())
        # The engine's own slices would take one of the workers.
        app.write("DELETE FROM django_q_schedule WHERE name = 'pump'")
        wait_for(lambda: not app.read("SELECT 1 FROM django_q_ormq"), "an idle queue", 60)
        wait_for(lambda: _is_pump_asleep(app), "the end of the pump's slice", 60)
        known, began = app.bill().keys(), time.time()
        _enqueue(app, generations)
        wait_for(
            lambda: _count_saved(app) >= generations, "the baseline", _patience_s(generations), every_s=0.5
        )
        ended = time.time()
        tasks = [task for id, task in app.bill().items() if id not in known]
        lags = _saved_lags(app, tasks)
    pump_s, blocking_s = wall_s(rows), ended - began
    polls = sum(task["polls"] for task in tasks) / len(tasks)
    return [
        Figure(
            f"pump: {generations} of {TASK_S} s, wall",
            pump_s,
            note=f"{pump_s / generations:.2f} s per generation",
        ),
        Figure("pump: ready to stored, median", percentile(pump_lags, 50)),
        Figure(
            f"one blocking task each, {WORKERS} workers: wall",
            blocking_s,
            note=f"{blocking_s / generations:.2f} s per generation, {polls:.1f} polls",
        ),
        Figure("one blocking task each: ready to stored, median", percentile(lags, 50)),
        Figure("blocking tasks take so many times as long", blocking_s / pump_s, "×"),
    ]


def generate_blocking(prompt: str, base_url: str, project_id: int) -> None:
    """Make one image; runs in a worker of the queue."""
    import httpx
    from django.db import transaction

    from studio.kit.images import decode_and_thumbnail
    from studio.live.actions import announce

    with httpx.Client(
        base_url=base_url, headers={"Authorization": "Bearer baseline"}, timeout=60, trust_env=False
    ) as client:
        body = {"model": "nano-banana-2", "input": {"prompt": prompt}}
        task_id = client.post("/hub/v1/image", json=body).raise_for_status().json()["task_id"]
        while not (task := client.get(f"/hub/v1/tasks/{task_id}").raise_for_status().json())["ready"]:
            time.sleep(POLL_EVERY_S)
        image = client.get(task["data"]["images"][0]["url"]).raise_for_status().content
    descriptor, name = mkstemp(dir=os.environ["STUDIO_DATA_DIR"], suffix=".png")
    with os.fdopen(descriptor, "wb") as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())
    decode_and_thumbnail(Path(name), Path(name).with_suffix(".webp"))
    with transaction.atomic():
        announce(project_id=project_id, subject_kind=KIND, subject_id=1)


def _enqueue(app: App, generations: int) -> None:
    """Put the tasks into the app's queue, from a process that has the app's settings."""
    project_id = app.read("SELECT min(id) FROM studio_project")[0][0]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.enqueue"],
        cwd=ROOT,
        env=clean_environment()
        | {"STUDIO_DATA_DIR": str(app.data), "DJANGO_SETTINGS_MODULE": "project.settings"},
        input=json.dumps([[prompt, app.sandbox_url(), project_id] for prompt in prompts(generations)]),
        text=True,
        check=True,
        timeout=60,
    )


def _count_saved(app: App) -> int:
    return int(app.read("SELECT count(*) FROM studio_change WHERE subject_kind = ?", KIND)[0][0])


def _saved_lags(app: App, tasks: list[dict[str, float]]) -> list[float]:
    """Pair what became ready with what was saved, both in their order: tasks here don't overtake by much."""
    from datetime import UTC, datetime

    saved = app.read("SELECT at FROM studio_change WHERE subject_kind = ? ORDER BY at", KIND)
    saved_at = [datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() for (at,) in saved]
    return [
        late - ready
        for late, ready in zip(saved_at, sorted(task["finished_at"] for task in tasks), strict=True)
    ]


def _is_pump_asleep(app: App) -> bool:
    live = app.read("SELECT 1 FROM studio_pumplease WHERE name = 'pump' AND until > datetime('now')")
    return not live


def _patience_s(generations: int) -> float:
    return 60 + 3 * generations * TASK_S / WORKERS
