"""A thousand open event streams that hear five changes a second: processor, memory, and how late each hears it."""

import json
import subprocess
import time
from pathlib import Path

from benchmarks.app import App, BenchmarkFailed, start_child
from benchmarks.figures import Figure, percentile
from benchmarks.visitor import Visitor

STREAMS = 1000
CHANGES_PER_S = 5
LISTEN_S = 30
CALM_S = 10
# Ids of generations that no installation has, one for each change.
FIRST_SUBJECT = 10**12
CPU_AIM, MEMORY_AIM_KB, DELAY_AIM_MS = 15.0, 60.0, 300.0


def measure(folder: Path, streams: int = STREAMS) -> list[Figure]:
    """Open the streams, let things change, and compare with the same app without a stream."""
    with App(folder / "streams") as app:
        visitor = Visitor(app)
        calm = _cpu_share(app, CALM_S)
        memory = app.memory_bytes()
        listener = _listen(app, visitor, streams)
        try:
            taken = app.memory_bytes() - memory
            idle = _cpu_share(app, CALM_S)
            written, busy = _change(app)
            heard = _heard(listener)
        finally:
            listener.kill()
            listener.wait()
    delays = [1000 * (at - written[int(subject)]) for subject, times in heard.items() for at in times]
    if missing := streams * len(written) - len(delays):
        raise BenchmarkFailed(f"{missing} of {streams * len(written)} changes were not heard.")
    note = f"{streams:,} streams, {CHANGES_PER_S} changes a second"
    return [
        Figure("processor, idle streams", idle - calm, "% of a core", note=f"{calm:.1f} % without any"),
        Figure("processor, streams that hear", busy - calm, "% of a core", CPU_AIM, note=note),
        Figure("memory of a stream", taken / streams / 1000, "kB", MEMORY_AIM_KB),
        Figure("change to stream, median", percentile(delays, 50), "ms"),
        Figure(
            "change to stream, p95", percentile(delays, 95), "ms", DELAY_AIM_MS, note=f"{len(delays):,} heard"
        ),
    ]


def _cpu_share(app: App, seconds: float) -> float:
    """Return the processor time of the whole app for so long, in percent of one core."""
    began, used = time.monotonic(), app.cpu_s()
    time.sleep(seconds)
    return 100 * (app.cpu_s() - used) / (time.monotonic() - began)


def _change(app: App) -> tuple[dict[int, float], float]:
    """Write the changes past the app; return when each was written, and the app's share of a core meanwhile."""
    project = app.read("SELECT min(id) FROM studio_project")[0][0]
    written: dict[int, float] = {}
    began, used = time.monotonic(), app.cpu_s()
    for number in range(LISTEN_S * CHANGES_PER_S):
        time.sleep(max(0.0, began + number / CHANGES_PER_S - time.monotonic()))
        subject = FIRST_SUBJECT + number
        app.write(
            "INSERT INTO studio_change (project_id, subject_kind, subject_id, at) "
            "VALUES (?, 'generation', ?, strftime('%Y-%m-%d %H:%M:%f', 'now'))",
            project,
            subject,
        )
        written[subject] = time.time()
    share = 100 * (app.cpu_s() - used) / (time.monotonic() - began)
    time.sleep(2)
    return written, share


def _listen(app: App, visitor: Visitor, streams: int) -> subprocess.Popen[str]:
    """Open the streams in a process of their own, and return it once all have said hello."""
    listener = start_child("-m", "benchmarks.listener")
    assert listener.stdin
    assert listener.stdout
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    asked = {"port": app.port, "cookie": cookie, "streams": streams, "first_subject": FIRST_SUBJECT}
    listener.stdin.write(json.dumps(asked) + "\n")
    listener.stdin.flush()
    if listener.stdout.readline().strip() != "all open":
        listener.kill()
        raise BenchmarkFailed("Not all streams could be opened.")
    return listener


def _heard(listener: subprocess.Popen[str]) -> dict[str, list[float]]:
    printed, _ = listener.communicate(timeout=60)
    found: dict[str, list[float]] = json.loads(printed)
    return found
