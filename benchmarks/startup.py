"""How long it takes from a command to the first page, how much memory the app needs at rest, and from a clone on."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median

from benchmarks.app import ROOT, App, BenchmarkFailed
from benchmarks.figures import Figure

STARTS = 3
REST_S = 10.0
CLONE_TIMEOUT_S = 240.0
SECOND_START_AIM_S, MEMORY_AIM_MB = 3.0, 250.0
PIP_AIM_S, UV_AIM_S = 20.0, 10.0


def measure(folder: Path) -> list[Figure]:
    """Measure starts and memory of this working copy, then `make run` in a fresh clone with each installer."""
    figures = _start_figures(folder / "startup")
    for installer, aim in (("pip", PIP_AIM_S), ("uv", UV_AIM_S)):
        figures += _clone_figures(folder / f"clone-{installer}", installer, aim)
    return figures


def _start_figures(data: Path) -> list[Figure]:
    app = App(data)
    first, *starts = [_start_and_stop(app) for _ in range(1 + STARTS)]
    with app:
        time.sleep(REST_S)
        memory_mb, processes = app.memory_bytes() / 1e6, app.count_processes()
    tries = ", ".join(f"{start:.2f}" for start in starts)
    return [
        Figure(
            "second start to the first page, median",
            median(starts),
            aim=SECOND_START_AIM_S,
            note=f"of {tries}",
        ),
        Figure("first start to the first page", first, note="installed already"),
        Figure("memory at rest (PSS)", memory_mb, "MB", MEMORY_AIM_MB, note=f"{processes} processes"),
    ]


def _start_and_stop(app: App) -> float:
    try:
        return app.start()
    finally:
        app.close()


def _clone_figures(folder: Path, installer: str, aim: float) -> list[Figure]:
    """Clone what is committed, then `make run`; the installer's downloads are cached or not as on any day."""
    measure = f"from clone to the first page with {installer}"
    if installer == "uv" and not shutil.which("uv"):
        return [Figure(measure, None, aim=aim, note="no uv here: not measured")]
    clone = folder / "studio"
    folder.mkdir()
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=60)
    cloned_s = time.monotonic() - began
    settings = {} if installer == "uv" else {"PATH": _path_without_uv(folder)}
    app = App(clone / "data", command=("make", "run"), cwd=clone, settings=settings)
    try:
        first = cloned_s + app.start(CLONE_TIMEOUT_S)
        if f"Installing with {installer}" not in app.printed():
            raise BenchmarkFailed(f"make run did not install with {installer}.")
        app.close()
        second = app.start()
    finally:
        app.close()
    return [
        Figure(measure, first, aim=aim),
        Figure(f"second make run ({installer}) to the first page", second, aim=SECOND_START_AIM_S),
    ]


def _path_without_uv(folder: Path) -> str:
    """Return a PATH on which `uv` can't be run, whatever else lies beside it."""
    broken = folder / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    return f"{broken.parent}{os.pathsep}{os.environ['PATH']}"
