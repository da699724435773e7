"""What is sent of stylesheets and scripts: in few files, and everything but what only people read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from project.static import ModuleManifestStorage, without_comments

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


def test_stylesheets_that_another_one_names_are_in_it_when_collected(tmp_path: Path) -> None:
    sheets = {
        "css/all.css": '/* Both. */\n@import "a.css";\n@import "parts/b.css";\n',
        "css/a.css": ".a { top: 0 }\n",
        "css/parts/b.css": "/* Why */\n.b { top: 1px }\n",
    }
    assert collect(tmp_path, sheets)("css/all.css") == ".a { top: 0 }\n.b { top: 1px }\n"


def test_what_is_collected_again_is_as_fresh_as_its_parts(tmp_path: Path) -> None:
    all_of_it = '@import "a.css";\n'
    collect(tmp_path, {"css/all.css": all_of_it, "css/a.css": ".a { top: 0 }\n"})
    read = collect(tmp_path, {"css/all.css": all_of_it, "css/a.css": ".a { top: 2px }\n"})
    assert read("css/all.css") == ".a { top: 2px }\n"


def test_a_stylesheet_that_a_module_names_is_the_one_with_the_hash(tmp_path: Path) -> None:
    module = 'const SHEET = new URL("../css/a.css", import.meta.url);\n'
    read = collect(tmp_path, {"js/a.js": module, "css/a.css": ".a { top: 0 }\n"})
    named = re.search(r'new URL\("\.\./(css/a\.[0-9a-f]{12}\.css)", import\.meta\.url\)', read("js/a.js"))
    assert named
    assert (tmp_path / "collected" / named[1]).exists()


def collect(folder: Path, files: dict[str, str]) -> Callable[[str], str]:
    """Collect these files, and return how to read what a page would get."""
    source = FileSystemStorage(location=folder / "source")
    for name, text in files.items():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "source" / name).write_text(text)
    storage = ModuleManifestStorage(location=folder / "collected", base_url="/static/")
    list(storage.post_process({name: (source, name) for name in files}))
    return lambda name: (folder / "collected" / storage.stored_name(name)).read_text()


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_goes(name: str) -> None:
    text = (STATIC / name).read_text()
    whole = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if name.endswith(".css") else text
    lines = [line for line in whole.splitlines() if not line.strip().startswith("//")]
    assert compact(without_comments(name, text)) in (compact("".join(lines)), compact(whole))


def compact(text: str) -> str:
    return "".join(text.split())
