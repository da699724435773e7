"""The house: rooms, floors and names."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from project.settings import BASE_DIR

FORBIDDEN_NAMES = (
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "manager",
    "managers",
    "misc",
    "common",
)
CONTRACTS = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS: list[str] = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
MODELS = list(apps.get_app_config("studio").get_models())


def _room(model: type) -> str:
    return model.__module__.split(".")[1]


def _python_files() -> list[Path]:
    folders = ("project", "studio", "tests", "benchmarks")
    return [
        path
        for folder in folders
        for path in (BASE_DIR / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]


def test_every_room_has_its_floor() -> None:
    not_rooms = {"migrations", "templatetags", "sandbox"}
    folders = {path.parent.name for path in (BASE_DIR / "studio").glob("*/__init__.py")}
    assert folders - not_rooms - {"supervisor"} == set(FLOORS) - {"supervisor"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_lives_in_a_room(model: type) -> None:
    assert model.__module__.split(".")[2] == "models"
    assert _room(model) in FLOORS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_foreign_keys_point_down(model: type) -> None:
    """The user model is the one exception: everybody may point to a person."""
    for field in model._meta.get_fields():  # type: ignore[attr-defined]
        if isinstance(field, ForeignKey) and field.related_model._meta.label != "studio.User":
            up = FLOORS.index(_room(field.related_model)) < FLOORS.index(_room(model))
            assert not up, f"{model.__name__}.{field.name} points to a room above"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_says_its_order(model: type) -> None:
    assert model._meta.ordering  # type: ignore[attr-defined]


def test_files_are_named_by_room_and_floor() -> None:
    offenders = [str(path.relative_to(BASE_DIR)) for path in _python_files() if path.stem in FORBIDDEN_NAMES]
    assert not offenders


def test_every_module_opens_with_its_purpose() -> None:
    silent = [
        str(path.relative_to(BASE_DIR))
        for path in _python_files()
        if path.name != "__init__.py"
        and not path.name.startswith("test_")
        and not path.read_text().startswith('"""')
    ]
    assert not silent


def test_every_template_says_what_it_is() -> None:
    """The first line is a comment: what it is and what it needs. Widgets need none: the form names them."""
    silent = [
        str(path.relative_to(BASE_DIR))
        for path in (BASE_DIR / "templates").rglob("*.html")
        if path.parent.name != "fields" and path.read_text() and not path.read_text().startswith("{#")
    ]
    assert not silent
