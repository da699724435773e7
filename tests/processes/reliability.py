"""Writes docs/reliability.md from what the rounds of `test_kills.py` have shown in this very run."""

import os
import platform
import statistics
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from studio.kit.fault_points import POINTS
from tests.processes.scenarios import SCENARIOS

HEAD = """\
# Nothing lost, nothing paid twice

Written by `make test-faults` from the run of {day} (UTC), on {cores} cores, Python {python}, with a load of {load:.0f}.
{played} of {planned} scenarios were played, in {rounds} rounds; what isn't in the tables was not played in this run.

In each round two tasks are running at a provider, and the request to another is on the wire; then the deed is done, one
more press follows, and Studio goes on by itself. After each round the checker (`tests/checker.py`) compares generations,
timelines, holds, ledger, images and files with the provider's own bill: a round in which it finds anything fails.

| column | what it says |
|---|---|
| lost | generations that neither succeeded nor wait for a decision as “unknown” |
| paid twice | submissions that the provider accepted beyond one per press |
| unknown | the process died while the request may have been with the provider; nobody can know, so a person decides |
| to resume | seconds (median, worst) until a new press was at the provider and the dead or frozen held nothing |

Time to resume is counted from the deed; where all of Studio had ended, from its next start.

The durations of the engine are a tenth of those in life, and the heart beats every 2 s instead of 15, but where a
heading says otherwise.
"""


class Reliability:
    """A plugin that collects rounds from the reports of tests, those of other processes included."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rounds: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self._failed: set[tuple[str, str]] = set()
        self._planned = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._planned = len(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._planned = max(self._planned, len(session.items))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for kind, value in report.user_properties:
            if kind not in ("scenario", "round"):
                continue
            rounds = self._rounds.setdefault(value["ground"], {}).setdefault(value["scenario"], [])
            if kind == "round":
                rounds.append(value)
            elif report.failed:
                self._failed.add((value["ground"], value["scenario"]))

        if self._rounds:
            # At once: a run that is broken off after hours has shown something, too.
            self._file.write_text("\n".join(self._lines()) + "\n")

    def _lines(self) -> Iterator[str]:
        rounds = sum(len(found) for ground in self._rounds.values() for found in ground.values())
        yield HEAD.format(
            day=f"{datetime.now(UTC):%Y-%m-%d}",
            cores=os.cpu_count(),
            python=platform.python_version(),
            load=os.getloadavg()[2],
            played=sum(map(len, self._rounds.values())),
            planned=max(self._planned, sum(map(len, self._rounds.values()))),
            rounds=rounds,
        )
        for ground in sorted(self._rounds):
            yield f"## On {ground}\n"
            yield "| scenario | rounds | generations | lost | paid twice | unknown | to resume |"
            yield "|---|---:|---:|---:|---:|---:|---:|"
            yield from self._rows(ground)
            yield ""
        yield "## The points\n\nIn the order of a generation's life (`studio/kit/fault_points.py`).\n"
        yield "| point | where |\n|---|---|"
        yield from (f"| `{point}` | {where} |" for point, where in POINTS.items())

    def _rows(self, ground: str) -> Iterator[str]:
        for scenario in SCENARIOS:
            if scenario.name not in self._rounds[ground]:
                continue
            rounds = self._rounds[ground][scenario.name]
            times = [found["resumed_s"] for found in rounds]
            resumed = f"{statistics.median(times):.1f}, {max(times):.1f}" if times else ""
            failed = ", then one failed" if (ground, scenario.name) in self._failed else ""
            sums = [_sum(rounds, name) for name in ("generations", "lost", "paid_twice", "unknown")]
            yield f"| {scenario.name} | {len(rounds)}{failed} | {' | '.join(sums)} | {resumed} |"


def _sum(rounds: Iterable[dict[str, Any]], name: str) -> str:
    return str(sum(found[name] for found in rounds))
