"""The list of points at which a test may have a process die is what the code really has."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from studio.kit.fault_points import POINTS
from tests.processes.scenarios import SCENARIOS

STUDIO = Path(__file__).resolve().parents[3] / "studio"


def points_in(file: Path) -> Iterator[str]:
    """Find `reach("point")` and `partial(reach, "point")`."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            named = [part.id for part in (node.func, *node.args) if isinstance(part, ast.Name)]
            words = [part.value for part in node.args if isinstance(part, ast.Constant)]
            if "reach" in named:
                yield from (str(word) for word in words)


def test_every_point_is_listed_and_stands_in_one_place() -> None:
    found = Counter(point for file in STUDIO.rglob("*.py") for point in points_in(file))
    assert found == Counter(POINTS.keys())


def test_every_point_has_its_scenario() -> None:
    names = {word for scenario in SCENARIOS for word in scenario.name.replace(",", "").split()}
    assert set(POINTS) <= names
