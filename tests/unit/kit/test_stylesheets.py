"""The rules of our plain stylesheets, which no build step checks."""

import re
from pathlib import Path

import pytest

from project.settings import BASE_DIR

STATIC = BASE_DIR / "static"
ALL = sorted(STATIC.glob("css/**/*.css"))
# These only name others, which are joined when the files are collected.
LISTS = [sheet for sheet in ALL if "@import" in sheet.read_text()]
SHEETS = [sheet for sheet in ALL if sheet not in LISTS]
LAYERS = ("reset", "tokens", "base", "layout", "components", "rooms", "utilities")


def rules_of(sheet: Path) -> str:
    """Return a stylesheet without comments and addresses, in which anything may stand."""
    without_comments = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return re.sub(r'url\("[^"]*"\)', "url()", without_comments)


def selectors_of(sheet: Path) -> list[str]:
    heads = (head.strip() for head in re.findall(r"([^{};]+)\{", rules_of(sheet)))
    return [head for head in heads if not head.startswith("@")]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_stylesheet_keeps_the_rules(sheet: Path) -> None:
    rules = rules_of(sheet)
    assert "!important" not in rules
    # Joined into another folder's sheet, a relative address would lead somewhere else.
    assert not re.search(r'url\("(?!data:)', sheet.read_text())
    assert rules.count("{") == rules.count("}")
    with_ids = [selector for selector in selectors_of(sheet) if re.search(r"#[a-zA-Z]", selector)]
    assert not with_ids
    layer = re.search(r"@layer (\w+) \{", rules)
    assert layer
    assert layer[1] in LAYERS
    assert not re.search(r"^\S[^{};]*\{", re.sub(r"@layer [^;{]+[;{]", "", rules), flags=re.MULTILINE)


@pytest.mark.parametrize("sheet", LISTS, ids=lambda sheet: sheet.name)
def test_a_list_of_stylesheets_has_nothing_else_and_names_each_once(sheet: Path) -> None:
    lines = [line for line in rules_of(sheet).splitlines() if line]
    named = [re.fullmatch(r'@import "([^"]+)";', line) for line in lines]
    assert all(named)
    sheets = [(sheet.parent / name[1]).resolve() for name in named if name]
    assert len(set(sheets)) == len(sheets)
    assert set(sheets) <= set(SHEETS)


def test_the_order_of_layers_is_declared_once_and_first() -> None:
    declared = [sheet.name for sheet in SHEETS if re.search(r"@layer [\w, ]+;", rules_of(sheet))]
    assert declared == ["reset.css"]
    assert f"@layer {', '.join(LAYERS)};" in rules_of(STATIC / "css" / "reset.css")
    assert "css/app.css" in (BASE_DIR / "templates" / "base.html").read_text().split("stylesheet")[1]
    assert rules_of(STATIC / "css" / "app.css").split()[:2] == ["@import", '"reset.css";']


def test_rules_use_only_properties_that_are_defined() -> None:
    everything = "".join(rules_of(sheet) for sheet in SHEETS)
    templates = "".join(path.read_text() for path in (BASE_DIR / "templates").glob("**/*.html"))
    scripts = "".join(path.read_text() for path in STATIC.glob("js/**/*.js"))
    defined = set(re.findall(r"(--[\w-]+)\s*:", everything + templates)) | set(
        re.findall(r'"(--[\w-]+)"', scripts)
    )
    needed = set(re.findall(r"var\((--[\w-]+)\)", everything))
    assert not needed - defined


def test_themes_redefine_roles_only() -> None:
    outside = [sheet for sheet in SHEETS if sheet.name != "tokens.css" and "data-theme" in rules_of(sheet)]
    assert not outside
