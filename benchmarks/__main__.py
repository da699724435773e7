"""The command line: runs the benchmarks one after the other, prints a table, and writes JSON where asked to."""

import json
import os
import subprocess
import sys
import tempfile
import timeit
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright import sync_api as playwright

from benchmarks import baseline, engine, flight, forms, pages, pressed, soak, startup, streams, submit, usage
from benchmarks.app import ROOT, BenchmarkFailed
from benchmarks.figures import Figure, table

ENGINE_COUNT, FLIGHT_COUNT, PRESSED_COUNT, BASELINE_COUNT = 200, 1000, 50, 40
WHICH = (
    "engine",
    "flight",
    "streams",
    "pressed",
    "baseline",
    "forms",
    "pages",
    "submit",
    "usage",
    "startup",
    "soak",
)
# It takes as long as one says, so it is run by its name only.
ALONE = ("soak",)


def main() -> int:
    asked = _read_arguments()
    runs = _runs(asked)
    names = [name for name in runs if name not in ALONE] if asked.which == "all" else [asked.which]
    circumstances = _circumstances()
    print(" · ".join(f"{name} {value}" for name, value in circumstances.items()))
    sections: dict[str, list[Figure]] = {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="studio-bench-", ignore_cleanup_errors=True) as folder:
        for name in names:
            print(f"{name} …", flush=True)
            try:
                sections[name] = runs[name](Path(folder))
            except (BenchmarkFailed, subprocess.SubprocessError, httpx.HTTPError, playwright.Error) as error:
                failed = True
                print(f"{name} failed: {error}", file=sys.stderr)
    print(table(sections))
    if asked.out:
        _write(asked.out, circumstances, sections)
    return int(failed)


def _read_arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "which",
        nargs="?",
        default="all",
        choices=(*WHICH, "all"),
    )
    counts = (
        f"default: engine {ENGINE_COUNT}, flight {FLIGHT_COUNT}, pressed {PRESSED_COUNT}, "
        f"baseline {BASELINE_COUNT}, usage {usage.COUNT}"
    )
    parser.add_argument("--generations", type=int, help=f"how many to make ({counts})")
    parser.add_argument("--images", type=int, help="pages: one size instead of 1,000, 20,000 and 100,000")
    parser.add_argument("--postgres", default="", help="pages: a server (postgres://…) instead of SQLite")
    parser.add_argument("--minutes", type=float, default=soak.MINUTES, help="soak: for how long")
    parser.add_argument("--rate", type=float, default=soak.RATE, help="soak: generations a second")
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    asked = parser.parse_args()
    most = 1_000_000 if asked.which == "usage" else 1000
    if asked.generations is not None and not 4 <= asked.generations <= most:
        parser.error(f"--generations must be from 4 to {most:,}")
    if not (0.2 <= asked.minutes <= 10_000 and 0.1 <= asked.rate <= 100):
        parser.error("--minutes must be from 0.2 to 10,000, and --rate from 0.1 to 100")
    if asked.images is not None and not 100 <= asked.images <= 1_000_000:
        parser.error("--images must be from 100 to 1,000,000")
    return asked


def _runs(asked: Namespace) -> Mapping[str, Callable[[Path], list[Figure]]]:
    generations, sizes = asked.generations, (asked.images,) if asked.images else pages.SIZES
    return {
        "engine": lambda folder: engine.measure(folder, generations or ENGINE_COUNT),
        "flight": lambda folder: flight.measure(folder, generations or FLIGHT_COUNT),
        "streams": streams.measure,
        "pressed": lambda folder: pressed.measure(folder, generations or PRESSED_COUNT),
        "baseline": lambda folder: baseline.measure(folder, generations or BASELINE_COUNT),
        "forms": forms.measure,
        "pages": lambda folder: pages.measure(folder, sizes, asked.postgres),
        "submit": submit.measure,
        "usage": lambda folder: usage.measure(folder, generations or usage.COUNT),
        "startup": startup.measure,
        "soak": lambda folder: soak.measure(folder, asked.minutes, asked.rate),
    }


def _circumstances() -> dict[str, str]:
    """Say what the figures depend on beside the code."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "python": sys.version.split()[0],
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "a million numbers summed": f"{_yardstick_ms():.0f} ms",
    }


def _yardstick_ms() -> float:
    """Return what the interpreter takes for a fixed piece of work: figures of two machines can be compared by it."""
    return 1000 * min(timeit.repeat("sum(range(1_000_000))", number=1, repeat=9))


def _write(file: Path, circumstances: Mapping[str, str], sections: Mapping[str, list[Figure]]) -> None:
    figures = {
        name: [asdict(figure) | {"is_met": figure.is_met} for figure in each]
        for name, each in sections.items()
    }
    file.write_text(
        json.dumps({"circumstances": circumstances, "figures": figures}, indent=2, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
