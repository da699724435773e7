"""What is sent of stylesheets and scripts: everything but what only people read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from project.static import without_comments

STATIC = Path(settings.BASE_DIR) / "static"
FILES = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.suffix in (".css", ".js"))


def test_a_stylesheet_without_comments_and_indentation() -> None:
    text = "/* Why\n   so. */\n.card {\n  color: red; /* warm */\n\n  & a { top: 0 }\n}\n"
    assert without_comments("a.css", text) == ".card {\ncolor: red;\n& a { top: 0 }\n}\n"


def test_a_module_loses_lines_that_are_nothing_but_a_comment() -> None:
    text = '// Why.\nimport "./b.js";\n\n  // so\n  const url = "http://x"; // keeps\n'
    assert without_comments("a.js", text) == 'import "./b.js";\nconst url = "http://x"; // keeps\n'


def test_a_module_with_a_text_over_several_lines_stays_as_it_is() -> None:
    text = "const a = `one\n  // two`;\n"
    assert without_comments("a.js", text) == text


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_goes(name: str) -> None:
    text = (STATIC / name).read_text()
    whole = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if name.endswith(".css") else text
    lines = [line for line in whole.splitlines() if not line.strip().startswith("//")]
    assert compact(without_comments(name, text)) in (compact("".join(lines)), compact(whole))


def compact(text: str) -> str:
    return "".join(text.split())
