"""Browsers of several people in front of the real web server."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from studio.people.models import User
from tests.browser.conftest import NewContext
from tests.server import WebServer, sign_in

Browse = Callable[[User], BrowserContext]


@pytest.fixture
def browse(new_context: NewContext, server: WebServer) -> Browse:
    """Open a browser in which a person is signed in."""

    def open_signed_in(person: User) -> BrowserContext:
        context = new_context(base_url=server.url)
        sign_in(context, person, server.url)
        return context

    return open_signed_in
