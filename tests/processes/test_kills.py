"""Whoever is killed, and wherever: nothing is lost, nothing is paid for twice, and work goes on without a person.

The table is in `scenarios.py`. By default one round of each is played on SQLite, and one on PostgreSQL of those that
lean on the database; `make test-faults` plays twenty of all on both, and writes docs/reliability.md.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field

import pytest

from tests.processes.scenarios import SCENARIOS, Scenario, play
from tests.processes.yard import Yard

pytestmark = [pytest.mark.processes, pytest.mark.timeout(0)]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where rounds are played. `most` bounds how many.

    `patience_s` is for a busy machine: what takes longest by itself, a web process that hangs, takes 34 s.
    """

    name: str
    is_postgres: bool = False
    most: int = 1000
    settings: dict[str, str] = field(default_factory=dict, compare=False)
    patience_s: float = 150


SQLITE, POSTGRESQL = Ground("SQLite"), Ground("PostgreSQL", is_postgres=True)
# All durations as they are in life: one round takes minutes.
TRUE_SPEED = {"STUDIO_ENGINE_SPEED": "1", "STUDIO_HEARTBEAT_S": "15"}
LIFE = Ground("SQLite, with the durations of life", most=2, settings=TRUE_SPEED, patience_s=300)
SHOWN_IN_LIFE = {
    "a busy worker is killed",
    "all idle workers are killed",
    "all idle workers hang",
    "the cluster’s main process is killed",
    "everything is killed at once",
    "a busy worker is frozen beyond its leases, then wakes",
    "a busy worker is frozen amid a write, then wakes",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_full = metafunc.config.getoption("rounds") is not None
    played = [(SQLITE, scenario) for scenario in SCENARIOS]
    played += [(POSTGRESQL, scenario) for scenario in SCENARIOS if is_full or scenario.is_about_the_database]
    played += [(LIFE, scenario) for scenario in SCENARIOS if is_full and scenario.name in SHOWN_IN_LIFE]
    ids = [f"{ground.name}: {scenario.name}" for ground, scenario in played]
    metafunc.parametrize(("ground", "scenario"), played, ids=ids)


class Yards:
    """Keeps one yard open at a time, for as long as all goes well in it."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders, self._stack = folders, ExitStack()
        self._open: dict[Ground, Yard] = {}

    def enter(self, ground: Ground) -> Yard:
        if ground not in self._open:
            self.close()
            server = os.environ["STUDIO_TEST_POSTGRES_URL"] if ground.is_postgres else ""
            yard = Yard(self._folders.mktemp("yard"), server, ground.patience_s, **ground.settings)
            self._open[ground] = self._stack.enter_context(yard)
        return self._open[ground]

    def close(self) -> None:
        self._open.clear()
        self._stack.close()


@pytest.fixture(scope="session")
def yards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yards]:
    yards = Yards(tmp_path_factory)
    yield yards
    yards.close()


def test_nothing_is_lost(
    ground: Ground, scenario: Scenario, yards: Yards, request: pytest.FixtureRequest
) -> None:
    if ground.is_postgres and "STUDIO_TEST_POSTGRES_URL" not in os.environ:
        pytest.skip("STUDIO_TEST_POSTGRES_URL names no server")
    about = {"ground": ground.name, "scenario": scenario.name}
    request.node.user_properties.append(("scenario", about))
    for _ in range(min(ground.most, request.config.getoption("rounds") or 1)):
        try:
            result = play(scenario, yards.enter(ground))
        except BaseException:
            # What is broken must not break the next round.
            yards.close()
            raise
        request.node.user_properties.append(("round", {**about, **asdict(result)}))
