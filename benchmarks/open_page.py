"""An open studio page in a real browser, which notes when the picture of each generation has loaded."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize, sync_playwright

from benchmarks.chromium import launch

# Cards that are scrolled out of sight are loaded too: the feed loads what it saw arrive.
WINDOW: ViewportSize = {"width": 1280, "height": 900}
WATCH = """
window.shownAt = {};
document.addEventListener("load", ({ target }) => {
  const card = target.tagName === "IMG" && target.closest(".gen");
  if (card) window.shownAt[card.id.split("-")[1]] ??= Date.now() / 1000;
}, true);
"""


class OpenPage:
    """The page, and when it showed each generation (seconds since 1970; same clock as the app's)."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def shown_at(self) -> dict[int, float]:
        return {int(id): at for id, at in self._page.evaluate("window.shownAt").items()}

    def wait_until_shown(self, ids: set[int], timeout_s: float) -> dict[int, float]:
        """Wait until all of these are shown, or not any longer; return those that are."""
        ends_at = time.monotonic() + timeout_s
        while not ids <= (shown := self.shown_at()).keys() and time.monotonic() < ends_at:
            self._page.wait_for_timeout(250)
        return {id: at for id, at in shown.items() if id in ids}


@contextmanager
def open_page(site: str, path: str, cookies: Mapping[str, str]) -> Iterator[OpenPage]:
    """Open a page as the person whose cookies these are, and wait until it hears live news."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            # Drawn without a graphics card, the waiting cards' animation would take a core from the app.
            context = browser.new_context(viewport=WINDOW, reduced_motion="reduce")
            context.add_cookies(
                [{"name": name, "value": value, "url": site} for name, value in cookies.items()]
            )
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(site + path, wait_until="domcontentloaded")
            page.wait_for_selector("live-feed:defined", state="attached")
            page.wait_for_timeout(2_000)
            yield OpenPage(page)
        finally:
            browser.close()
