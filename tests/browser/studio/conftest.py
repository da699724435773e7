"""The studio in a browser, before the real web server; the engine's slices run in the test."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.generation.engine.slice import run_slice
from studio.generation.models import PENDING, Generation
from studio.keys.actions import ensure_sandbox_keys
from studio.people.models import User
from tests.browser.checks import watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process
from tests.server import WebServer, sign_in

__all__ = ["sandbox", "sandbox_process"]

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def web_server(django_db_setup: None, sandbox_process: SandboxServer) -> Iterator[WebServer]:
    """One web server for the whole run, with the sandbox behind it."""
    server = WebServer(sandbox_url=sandbox_process.url)
    yield server
    server.kill()


@pytest.fixture
def server(
    transactional_db: None, cast: Cast, sandbox: SandboxServer, settings: Settings, web_server: WebServer
) -> WebServer:
    """The web server with models to choose from and the sandbox behind them."""
    settings.SANDBOX_URL = sandbox.url
    install_catalog()
    ensure_sandbox_keys()
    web_server.start()
    return web_server


@pytest.fixture
def open_page(new_context: NewContext, server: WebServer) -> Iterator[Open]:
    """Open an address as a person; an error in a script fails the test."""
    errors: list[str] = []

    def open_as(person: User, address: str, **options: Any) -> Page:
        context = new_context(base_url=server.url, **options)
        sign_in(context, person, server.url)
        page = context.new_page()
        page.on("close", lambda _: errors.extend(found))
        found = watch_errors(page)
        page.goto(address)
        return page

    yield open_as
    assert not errors, errors


def work() -> None:
    """Let the engine do all that is pending; in a thread, since Playwright's loop lives in the test's own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_work).result()


def _work() -> None:
    try:
        for _ in range(5):
            run_slice()
            if not Generation.objects.filter(status__in=PENDING).exists():
                return
    finally:
        connection.close()


def picture_file(tmp_path: Path) -> Path:
    """Write a picture to disk, to be chosen as a reference."""
    path = tmp_path / "reference.png"
    path.write_bytes(encode())
    return path
