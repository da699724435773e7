"""What no page of ours may contain: the content policy would block it, or it is plainly broken."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.bench.markup import Element, parse

DATA_SCRIPTS = ("application/json", "importmap")
# Attributes that are read as words, whatever somebody typed; all others may be followed or run.
WORDS = re.compile(r"alt|aria-label|content|placeholder|title|value|data-(?!.*url$).*")


def assert_clean_markup(html: str) -> None:
    """Refuse inline scripts, handlers and styles (but custom properties), script addresses and double ids."""
    root = parse(html)
    problems = [problem for element in root.walk() for problem in _problems(element)]
    ids = Counter(element.attrs["id"] for element in root.walk() if element.attrs.get("id"))
    problems += [f"the id {name} stands there {count} times" for name, count in ids.items() if count > 1]
    assert not problems, "unfit markup: " + "; ".join(problems)


def _problems(element: Element) -> Iterator[str]:
    if element.tag == "style":
        yield "a <style> element"
    if (
        element.tag == "script"
        and "src" not in element.attrs
        and element.attrs.get("type") not in DATA_SCRIPTS
    ):
        yield "an inline script"
    for name, value in element.attrs.items():
        if re.match(r"on[a-z]", name) or name.startswith("hx-on"):
            yield f"an inline handler {name} on <{element.tag}>"
        if name == "style" and not all(
            part.strip().startswith("--") for part in value.split(";") if part.strip()
        ):
            yield f"a style attribute {value!r} on <{element.tag}>"
        if not WORDS.fullmatch(name) and value.strip().lower().startswith(("javascript:", "js:")):
            yield f"a script address in {name} of <{element.tag}>"
