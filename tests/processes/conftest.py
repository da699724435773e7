"""A first start, once for all; then each test begins with a copy of what that has left."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.processes.installation import Installation, SignIn
from tests.processes.reliability import Reliability
from tests.processes.visitor import Visitor
from tests.processes.yard import SPEED
from tests.sandbox_server import SandboxServer


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("report") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reliability(config.getoption("report")))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rounds on one database after the other, and first of all, since they take longest."""
    grounds = {item: item.callspec.params["ground"].name for item in items if _is_round(item)}
    items.sort(key=lambda item: grounds.get(item, "~"))


def _is_round(item: pytest.Item) -> TypeGuard[pytest.Function]:
    return isinstance(item, pytest.Function) and "ground" in getattr(item, "fixturenames", ())


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start of an installation leaves: its data folder and the sign-in that it printed."""

    data: Path
    sign_in: SignIn


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    with Installation(tmp_path_factory.mktemp("first")) as installation:
        sign_in = installation.sign_in_shown()
        assert installation.stop() == 0
    return FirstStart(installation.data, sign_in)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[SandboxServer]:
    """A sandbox that plays the providers, and would survive a kill with all that it knows."""
    with SandboxServer(speed=SPEED, state=tmp_path / "sandbox.jsonl") as sandbox:
        yield sandbox


@pytest.fixture
def studio(tmp_path: Path, provider: SandboxServer, first_start: FirstStart) -> Iterator[Installation]:
    """A running installation whose providers are played by `provider`."""
    with Installation.like(tmp_path, first_start.data, sandbox_url=provider.url) as installation:
        yield installation


Press = Callable[..., None]


@pytest.fixture
def press(studio: Installation, first_start: FirstStart) -> Iterator[Press]:
    """Press Generate so many times: `press(6, "mountsea:nano-banana-2", "swift")`, each time with another prompt."""
    with Visitor(studio.url) as visitor:
        visitor.sign_in(first_start.sign_in)
        forms: dict[str, dict[str, str]] = {}

        def press_times(count: int, model: str, words: str, changes: Mapping[str, str] = {}) -> None:
            form = forms[model] = forms.get(model) or visitor.form(model)
            for number in range(count):
                visitor.press({**form, **changes}, f"{words} number {number}")

        yield press_times
