"""docs/reliability.md says what a run has shown: sums, the median and the worst time, what failed, what wasn't played."""

from pathlib import Path
from typing import Literal

import pytest

from tests.processes.reliability import Reliability

SCENARIO = {"ground": "SQLite", "scenario": "a busy worker is killed"}


def played(*seconds: float, outcome: Literal["passed", "failed"] = "passed") -> pytest.TestReport:
    shown = {"generations": 4, "lost": 0, "paid_twice": 0, "unknown": 1}
    rounds = [("round", {**SCENARIO, **shown, "resumed_s": resumed_s}) for resumed_s in seconds]
    return pytest.TestReport(
        "test", ("test", 1, "test"), {}, outcome, None, "call", user_properties=[("scenario", SCENARIO), *rounds]
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reliability.md"


def test_rounds_are_summed(file: Path) -> None:
    report = Reliability(file)
    report.pytest_xdist_node_collection_finished(ids=["one", "two"])
    report.pytest_runtest_logreport(played(2, 9, 3))
    assert "| a busy worker is killed | 3 | 12 | 0 | 0 | 3 | 3.0, 9.0 |\n" in file.read_text()
    assert "1 of 2 scenarios were played, in 3 rounds" in file.read_text()


def test_a_failed_scenario_is_told(file: Path) -> None:
    Reliability(file).pytest_runtest_logreport(played(2, outcome="failed"))
    assert "| a busy worker is killed | 1, then one failed | 4 |" in file.read_text()


def test_other_tests_write_nothing(file: Path) -> None:
    Reliability(file).pytest_runtest_logreport(
        pytest.TestReport("test", ("test", 1, "test"), {}, "passed", None, "call")
    )
    assert not file.exists()
