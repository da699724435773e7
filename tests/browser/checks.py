"""What is asked of every page in a real browser, and how pictures of it are taken."""

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# As narrow as WCAG 1.4.10 asks for: 1280 px at 400 % zoom.
NARROWEST = {"width": 320, "height": 640}
WCAG_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Those of axe that judge colours; in a theme that redefines nothing else, no other can find something new.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# A colour on its way from light to dark is neither. The content policy lets no style element in, but an adopted sheet.
END_TRANSITIONS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after { transition: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""
RESULTS = Path(__file__).resolve().parents[2] / "test-results"


def watch_errors(page: Page) -> list[str]:
    """Collect what the page's scripts throw and what the content policy blocks."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def note(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            errors.append(message.text)

    page.on("console", note)
    return errors


def assert_accessible(page: Page) -> None:
    """Hold the page to WCAG 2.2 AA as far as axe can tell."""
    _assert_no_violation(page, {"type": "tag", "values": WCAG_TAGS})


def assert_accessible_in_the_dark(page: Page) -> None:
    """Turn the light off and hold the same page to all that WCAG 2.2 AA says of colours."""
    page.evaluate(END_TRANSITIONS)
    page.emulate_media(color_scheme="dark")
    _assert_no_violation(page, {"type": "rule", "values": COLOUR_RULES})


def _assert_no_violation(page: Page, rules: dict[str, Any]) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {
        "runOnly": rules,
        "resultTypes": ["violations"],
        # Only a rule about locked screens reads the text of stylesheets, for which axe writes inline ones into the page.
        "preload": False,
    }
    violations = page.evaluate("async options => (await axe.run(options)).violations", options)
    lines = [
        f"{violation['id']}: {violation['help']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]
    assert not lines, "\n".join(lines)


LAID_OUT_THOUGH_HIDDEN = """
[...document.querySelectorAll("[hidden]")]
  .filter((element) => getComputedStyle(element).display !== "none")
  .map((element) => element.outerHTML.slice(0, 120))
"""

# What scrolls or is cut inside the box is another matter.
STICKING_OUT = """
[...document.querySelectorAll(".box :is(input:not([type=hidden]), select, textarea, button, a.btn)")]
  .filter((control) => {
    const box = control.closest(".box");
    for (let around = control; around !== box; around = around.parentElement) {
      if (getComputedStyle(around).overflowX !== "visible" && around !== control) return false;
    }
    const edge = control.getBoundingClientRect();
    return control.checkVisibility() && edge.width > 1 && edge.right > box.getBoundingClientRect().right + 1;
  })
  .map((control) => control.outerHTML.slice(0, 120))
"""


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the side, of the page or of its box: a page scrolls one way only.

    And what is hidden isn't laid out.
    """
    width = page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size is not None
    assert width <= page.viewport_size["width"], f"the page is {width} px wide"
    sticking_out = page.evaluate(STICKING_OUT)
    assert not sticking_out, "\n".join(sticking_out)
    assert page.evaluate(LAID_OUT_THOUGH_HIDDEN) == []


def take_screenshot(page: Page, name: str) -> None:
    """Save a picture of the page for the eyes, in test-results/; in CI nobody looks."""
    if os.environ.get("CI"):
        return
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{name}.png")
