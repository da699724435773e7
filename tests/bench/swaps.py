"""Page after swap equals page reloaded: applies an htmx answer to a parsed page as htmx 2 would."""

from typing import Any

from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse

# Changes with every answer, or is said once and then gone.
MASKED = ("hx-headers",)
PASSING = ("toast-region",)


def assert_swap_equals_reload(
    client: StrictClient,
    page_url: str,
    response: Any,
    *,
    before: Any,
    by: str,
    inside: str = "body",
) -> None:
    """Assert that the page `before`, with this answer swapped in, is the page that a reload shows.

    `before` is the answer that brought the page, `by` the selector of the element that sent the request:
    where the answer goes is read from its own hx-target, hx-swap and hx-select (or its ancestors').
    """
    page = parse(before.content.decode())
    apply_answer(page, response, by=by)
    reloaded = parse(client.get(page_url).content.decode())
    assert as_lines(page.find(inside)) == as_lines(reloaded.find(inside))


def apply_answer(page: Element, response: Any, *, by: str) -> None:
    """Change the page as htmx would on this answer: out-of-band parts first, then the target."""
    if response.status_code == 204 or (response.status_code >= 400 and response.status_code != 422):
        return
    sender = page.find(by)
    assert sender, f"nothing on the page fits {by!r}"
    answer = parse(response.content.decode())
    select = _inherited(sender, "hx-select")
    for part in [element for element in answer.walk() if "hx-swap-oob" in element.attrs]:
        _swap_out_of_band(page, part)
    for selector in filter(None, _inherited(sender, "hx-select-oob").split(",")):
        _swap_selected(page, answer, selector.strip())
    chosen = [*answer.find_all(select)] if select else list(answer.children)
    style = response.headers.get("HX-Reswap") or _inherited(sender, "hx-swap") or "innerHTML"
    target = _target(page, sender, response.headers.get("HX-Retarget"))
    _swap(target, style.split()[0], chosen)


def as_lines(root: Element | None) -> list[str]:
    """Return a page as lines to compare: one per tag or text, attributes sorted, secrets masked."""
    assert root, "the page lacks the part to compare"
    lines: list[str] = []
    _write(root, lines, depth=0)
    return lines


def _write(element: Element, lines: list[str], depth: int) -> None:
    attrs = {name: value for name, value in element.attrs.items() if name != "hx-swap-oob"}
    for name in MASKED:
        if name in attrs:
            attrs[name] = "…"
    if attrs.get("name") == "csrfmiddlewaretoken":
        attrs["value"] = "…"
    words = "".join(f' {name}="{value}"' for name, value in sorted(attrs.items()))
    lines.append(f"{'  ' * depth}<{element.tag}{words}>")
    if element.tag in PASSING:
        return
    for child in _merged(element.children):
        if isinstance(child, Element):
            _write(child, lines, depth + 1)
        elif child.strip():
            lines.append("  " * (depth + 1) + " ".join(child.split()))


def _merged(children: list[Element | str]) -> list[Element | str]:
    merged: list[Element | str] = []
    for child in children:
        if isinstance(child, str) and merged and isinstance(merged[-1], str):
            merged[-1] += child
        else:
            merged.append(child)
    return merged


def _inherited(element: Element, name: str) -> str:
    holder = element.closest(f"[{name}]")
    return holder.attrs[name] if holder else ""


def _target(page: Element, sender: Element, retarget: str | None) -> Element:
    holder = sender.closest("[hx-target]")
    wanted = retarget or (holder.attrs["hx-target"] if holder else "this")
    found: Element | None
    if wanted == "this":
        found = holder or sender
    elif wanted.startswith("closest "):
        found = sender.closest(wanted.removeprefix("closest "))
    elif wanted.startswith("find "):
        found = sender.find(wanted.removeprefix("find "))
    else:
        found = page.find(wanted)
    assert found, f"the target {wanted!r} is not on the page"
    return found


def _swap_out_of_band(page: Element, part: Element) -> None:
    style, _, selector = part.attrs.pop("hx-swap-oob").partition(":")
    _remove(part)
    target = page.find(selector or f"#{part.attrs.get('id', '')}")
    assert target, f"an out-of-band part fits nothing on the page: {selector or part.attrs}"
    if style in ("true", "outerHTML"):
        _swap(target, "outerHTML", [part])
    else:
        _swap(target, style, list(part.children))


def _swap_selected(page: Element, answer: Element, selector: str) -> None:
    target, part = page.find(selector), answer.find(selector)
    assert target, f"hx-select-oob fits nothing on the page: {selector}"
    assert part, f"hx-select-oob fits nothing in the answer: {selector}"
    _remove(part)
    _swap(target, "outerHTML", [part])


def _swap(target: Element, style: str, new: list[Element | str]) -> None:
    parent = target.parent
    if style == "innerHTML":
        target.children.clear()
        target.put(0, new)
    elif style == "beforeend":
        target.put(len(target.children), new)
    elif style == "afterbegin":
        target.put(0, new)
    elif style != "none":
        assert parent, "the whole page can't be replaced"
        index = parent.children.index(target)
        parent.put(index + (style == "afterend"), [] if style == "delete" else new)
        if style in ("outerHTML", "delete"):
            _remove(target)


def _remove(element: Element) -> None:
    if element.parent:
        element.parent.children.remove(element)
        element.parent = None
