"""The bench that every test stands on; what it is strict about is in tests/bench."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.kit.pace import pace
from tests.bench.client import StrictClient
from tests.bench.flush import flush_append_only_tables
from tests.bench.shuffle import shuffle_unordered_queries
from tests.cast import Cast, assemble_cast


def pytest_addoption(parser: pytest.Parser) -> None:
    kills = parser.getgroup("kills", "scenarios of tests/processes")
    kills.addoption("--rounds", type=int, help="of each scenario, on both databases; otherwise a selection")
    kills.addoption("--report", type=Path, help="the file to which it is written what they have shown")


@pytest.fixture(autouse=True, scope="session")
def _shuffled_queries() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        shuffle_unordered_queries(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _flushed_append_only_tables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        flush_append_only_tables(patch)
        yield


@pytest.fixture(autouse=True)
def _unhurried() -> None:
    pace.forget()


@pytest.fixture
def client() -> StrictClient:
    """A browser in which nobody is signed in."""
    return StrictClient()


@pytest.fixture
def cast(db: None) -> Cast:
    """The standing cast and its two projects."""
    return assemble_cast()
