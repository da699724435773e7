"""What is asked of every page in a real browser, and how pictures of it are taken."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# As narrow as WCAG 1.4.10 asks for: 1280 px at 400 % zoom.
NARROWEST = {"width": 320, "height": 640}
WCAG_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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
    options = {
        "runOnly": {"type": "tag", "values": WCAG_TAGS},
        "resultTypes": ["violations"],
        # Only a rule about locked screens reads the text of stylesheets, for which axe writes inline ones into the page.
        "preload": False,
    }
    violations = Axe().run(page, options=options).response["violations"]
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


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the side: a page scrolls one way only. And what is hidden isn't laid out."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size is not None
    assert width <= page.viewport_size["width"], f"the page is {width} px wide"
    assert page.evaluate(LAID_OUT_THOUGH_HIDDEN) == []


def take_screenshot(page: Page, name: str) -> Path:
    """Save a picture of the page for the eyes, in test-results/."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.png"
    page.screenshot(path=path)
    return path
