"""Every page that no room looks at in all its states by itself: accessible, and nothing sticks out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from studio.people.actions import make_password_link
from studio.people.models import User
from studio.projects.actions import archive_project
from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits, take_screenshot, watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode, make_image
from tests.server import WebServer, sign_in

LONG = "Anunreasonablylongnamewithoutasinglespaceinit" * 2


@pytest.fixture
def server(transactional_db: None) -> Iterator[WebServer]:
    running = WebServer()
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=["desktop-light", "desktop-dark", "phone-light", "phone-dark"])
def look(request: pytest.FixtureRequest) -> str:
    """How somebody looks at a page: on what, in which colours."""
    return str(request.param)


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, look: str) -> Iterator[Page]:
    size, scheme = look.split("-")
    context = new_context(
        base_url=server.url, viewport=PHONE if size == "phone" else DESKTOP, color_scheme=scheme
    )
    page = context.new_page()
    errors = watch_errors(page)
    yield page
    assert not errors, errors


def become(tab: Page, person: User, server: WebServer) -> None:
    sign_in(tab.context, person, server.url)


def look_at(tab: Page, address: str, name: str) -> None:
    tab.goto(address)
    assert_fits(tab)
    assert_accessible(tab)
    take_screenshot(tab, f"tour-{name}")


def test_the_pages_of_people_and_projects(tab: Page, cast: Cast, server: WebServer, look: str) -> None:
    for colour in ("teal", "salmon", "slateblue"):
        make_image(cast.project, cast.contributor, data=encode(640, 480, colour=colour))
    archive_project(project=cast.team_project, by=cast.admin)
    cast.project.name = LONG[:80]
    cast.project.save()
    become(tab, cast.admin, server)
    pages = {
        "projects": "/",
        "nothing-found": "/?q=no-such-project",
        "new-project": "/projects/new/",
        "members": "/p/spring/members/",
        "project-settings": "/p/spring/settings/",
        "archived-settings": "/p/playground/settings/",
        "archived-studio": "/p/playground/",
        "people": "/people/",
        "password": "/accounts/password/change/",
    }
    for name, address in pages.items():
        look_at(tab, address, f"{name}-{look}")


def test_pages_for_those_who_may_only_look(tab: Page, cast: Cast, server: WebServer, look: str) -> None:
    become(tab, cast.viewer, server)
    pages = {
        "viewers-studio": "/p/spring/",
        "viewers-members": "/p/spring/members/",
        "refused": "/p/spring/settings/",
        "missing": "/p/elsewhere/",
    }
    for name, address in pages.items():
        look_at(tab, address, f"{name}-{look}")


def test_the_way_in(tab: Page, cast: Cast, look: str) -> None:
    token = make_password_link(person=cast.viewer, by=cast.admin)
    look_at(tab, f"/welcome/{token}/", f"welcome-{look}")
    look_at(tab, "/welcome/no-such-token/", f"dead-link-{look}")
