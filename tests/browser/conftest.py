"""A real browser for the tests. Skipped where Chromium is missing, except in CI."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.chromium import CHROMIUM, has_browser, launch
from tests.browser.checks import DESKTOP, watch_errors
from tests.server import WebServer

# Playwright keeps an event loop in the thread of the test, which Django takes for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test opens contexts of its own."""
    if not has_browser():
        if os.environ.get("CI"):
            pytest.fail(f"There is no browser at {CHROMIUM}; STUDIO_CHROMIUM says where it is.")
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def new_context(chromium: Browser, transactional_db: None) -> Iterator[NewContext]:
    """Open a separate browser profile, as a second person would have; options as in Browser.new_context.

    All are closed before the tables are emptied: no page asks the server for what is gone.
    """
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        context.set_default_timeout(10_000)
        context.set_default_navigation_timeout(30_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Iterator[Page]:
    """A tab on a desktop, in which an error on the console fails the test."""
    tab = new_context().new_page()
    errors = watch_errors(tab)
    yield tab
    assert not errors, errors


@pytest.fixture(scope="session")
def web_server(django_db_setup: None) -> Iterator[WebServer]:
    """One web server for the whole run: it keeps nothing of a test, and no row of one gets an earlier one's id."""
    server = WebServer()
    yield server
    server.kill()


@pytest.fixture
def server(transactional_db: None, web_server: WebServer) -> WebServer:
    """The real web server on the test's database. A test may stop it; the next starts it again."""
    web_server.start()
    return web_server
