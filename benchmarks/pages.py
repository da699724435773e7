"""Studio and gallery with 1,000, 20,000 and 100,000 images: the time, queries and bytes of each page."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.app import ROOT, BenchmarkFailed, clean_environment
from benchmarks.figures import Figure

SIZES = (1_000, 20_000, 100_000)
MOST_MS, MOST_MS_RARE, MOST_QUERIES, MOST_KB = 25.0, 20.0, 6, 60.0
# "About the same time": what a busy machine adds by itself from one run to the next.
SAME = 1.25
TIMEOUT_S = 600


def measure(folder: Path, sizes: Sequence[int] = SIZES, postgres: str = "") -> list[Figure]:
    """Fill an installation for each size and open its pages. `postgres` is the address of a server to use."""
    runs = {count: _run(folder, count, postgres) for count in sizes}
    figures: list[Figure] = []
    for place, name in enumerate(page["name"] for page in runs[sizes[0]]["pages"]):
        figures += _times(name, {count: run["pages"][place] for count, run in runs.items()})
    figures += list(_queries(runs))
    figures += list(_bytes(runs[sizes[-1]]))
    figures += list(_naive(sizes[-1], runs[sizes[-1]]))
    return figures


def _times(name: str, looks: dict[int, dict[str, Any]]) -> list[Figure]:
    aim = MOST_MS_RARE if "rare" in name else MOST_MS
    figures = [
        Figure(
            f"{name}, {count:,}",
            look["median_ms"],
            "ms",
            aim,
            note=_note(look),
        )
        for count, look in looks.items()
    ]
    first, last = looks[min(looks)], looks[max(looks)]
    if first is not last:
        ratio = last["cpu_ms"] / first["cpu_ms"]
        # A search finds more in more, so its page is larger: only pages that are full at every size are compared.
        if abs(last["bytes"] / first["bytes"] - 1) < 0.1:
            figures.append(Figure(f"{name}, most : fewest", ratio, "×", SAME, note="processor time"))
    return figures


def _note(look: dict[str, Any]) -> str:
    packed = f", {look['compressed'] / 1000:.1f} compressed" if look["compressed"] else ""
    return (
        f"slowest depth {look['slowest_ms']:.0f}, processor {look['cpu_ms']:.0f} ms · {look['queries']} queries · "
        f"{look['bytes'] / 1000:.0f} kB{packed}"
    )


def _queries(runs: dict[int, dict[str, Any]]) -> Iterator[Figure]:
    """Compare the numbers of queries of each page over all sizes."""
    for place, page in enumerate(next(iter(runs.values()))["pages"]):
        counts = [run["pages"][place]["queries"] for run in runs.values()]
        same = "at every size" if len(set(counts)) == 1 else f"NOT the same: {counts}"
        yield Figure(f"{page['name']}, queries", max(counts), "", MOST_QUERIES, note=same)


def _bytes(run: dict[str, Any]) -> Iterator[Figure]:
    studio, assets = run["pages"][0], run["assets"]
    page_kb = (studio["compressed"] or studio["bytes"]) / 1000
    assets_kb = assets["compressed"] / 1000
    note = f"page {page_kb:.1f} kB, {assets['files']} files {assets_kb:.1f} kB"
    yield Figure("studio, all bytes sent", page_kb + assets_kb, "kB", MOST_KB, note=note)


def _naive(count: int, run: dict[str, Any]) -> Iterator[Figure]:
    """Set the queries of a naive gallery beside our whole pages over the same rows, in the same process."""
    ours = {page["name"]: page for page in run["pages"]}
    for look, page in zip(run["naive"], ("gallery, deep", "gallery, rare word"), strict=True):
        ratio = look["median_ms"] / ours[page]["median_ms"]
        note = f"query alone; {ratio:.1f} × our whole page “{page}”"
        yield Figure(f"naive: {look['name']}, {count:,}", look["median_ms"], "ms", note=note)


def _run(folder: Path, count: int, postgres: str) -> dict[str, Any]:
    print(f"  {count:,} images …", flush=True)
    with _database(postgres, count) as address:
        settings = {"STUDIO_DATABASE_URL": address} if address else {}
        return run_inside(folder / f"pages-{count}", "pages", str(count), settings=settings)


def run_inside(folder: Path, *arguments: str, settings: dict[str, str] | None = None) -> dict[str, Any]:
    """Run benchmarks.inside in a process of its own and return what it measured."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.inside", *arguments],
        cwd=ROOT,
        env=clean_environment() | {"STUDIO_DATA_DIR": str(folder)} | (settings or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if answer.returncode:
        raise BenchmarkFailed(f"It ended early:\n{answer.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return measured


@contextmanager
def _database(postgres: str, count: int) -> Iterator[str]:
    """Make a database of our own on the server, and drop it again; without a server, SQLite is used."""
    if not postgres:
        yield ""
        return
    import psycopg

    name = f"studio_bench_{os.getpid()}_{count}"
    with psycopg.connect(
        urlunsplit(urlsplit(postgres)._replace(path="/postgres")), autocommit=True
    ) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
