"""A small tree of a page's HTML, enough to judge its markup and to apply htmx answers to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
CLOSED_BY_SIBLING = frozenset(["li", "option", "dt", "dd", "tr", "td", "th", "thead", "tbody", "p"])


@dataclass(eq=False)
class Element:
    """A tag with its attributes and children; text is a child of type str."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    parent: Element | None = None

    def walk(self) -> Iterator[Element]:
        """Yield this element and everything in it, in the order of the page."""
        yield self
        for child in self.elements():
            yield from child.walk()

    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    def matches(self, selector: str) -> bool:
        """Say whether a compound selector fits: tag, #id, .class and [attribute=value]; no combinators."""
        parts = re.findall(r"\[[^\]]+\]|[#.]?[\w-]+", selector.strip())
        return bool(parts) and all(self._matches_part(part) for part in parts)

    def _matches_part(self, part: str) -> bool:
        if part.startswith("#"):
            return self.attrs.get("id") == part[1:]
        if part.startswith("."):
            return part[1:] in self.attrs.get("class", "").split()
        if part.startswith("["):
            name, _, value = part[1:-1].partition("=")
            return name in self.attrs and (not value or self.attrs[name] == value.strip("\"'"))
        return self.tag == part

    def find(self, selector: str) -> Element | None:
        """Return the first fit for a selector; spaces mean "somewhere inside"."""
        return next(iter(self.find_all(selector)), None)

    def find_all(self, selector: str) -> list[Element]:
        first, _, rest = selector.strip().partition(" ")
        found = [element for element in self.walk() if element.matches(first)]
        if not rest:
            return found
        inner = [match for element in found for match in element.find_all(rest) if match is not element]
        return list(dict.fromkeys(inner))

    def closest(self, selector: str) -> Element | None:
        element: Element | None = self
        while element and not element.matches(selector):
            element = element.parent
        return element

    def text(self) -> str:
        """Return the words that a reader sees, with single spaces."""
        return " ".join(" ".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style"):
                yield from child._texts()

    def put(self, index: int, new: list[Element | str]) -> None:
        """Insert nodes before the child at this index."""
        for node in new:
            if isinstance(node, Element):
                node.parent = self
        self.children[index:index] = new


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#root")
        self.open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CLOSED_BY_SIBLING and self.open.tag == tag:
            self.handle_endtag(tag)
        element = Element(tag, {name: value or "" for name, value in attrs}, parent=self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        element = self.open.closest(tag)
        if element and element.parent:
            self.open = element.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def parse(html: str) -> Element:
    """Return the root of a page or of a fragment."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
