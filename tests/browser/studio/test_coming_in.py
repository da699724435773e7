"""Somebody is invited, comes in by the link, and makes the first image."""

import pytest
from playwright.sync_api import expect

from studio.people.models import TeamRole, User
from tests.browser.checks import (
    PHONE,
    assert_accessible,
    assert_accessible_in_the_dark,
    assert_fits,
    watch_errors,
)
from tests.browser.conftest import NewContext
from tests.browser.studio.conftest import Open, work
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.server import WebServer

pytestmark = pytest.mark.processes


def test_who_is_invited_makes_the_first_image(
    cast: Cast, open_page: Open, new_context: NewContext, server: WebServer
) -> None:
    admin = open_page(cast.admin, "/accounts/reauthenticate/?next=/admin/people/")
    admin.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.keyboard.press("Enter")
    admin.get_by_role("textbox", name="Invite people").fill("Nora@example.com")
    admin.get_by_text("Add them to projects").click()
    admin.get_by_label("Role in these projects").select_option(label="Contributor")
    admin.get_by_role("checkbox", name="Spring campaign").check()
    admin.get_by_role("button", name="Invite", exact=True).click()
    link = admin.get_by_label("Link of nora@example.com", exact=True).input_value()

    page = new_context().new_page()
    errors = watch_errors(page)
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Spring campaign")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Your name").fill("Nora")
    page.get_by_label("Choose a password").fill("nora@example.com")
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_text("too similar")).to_be_visible()
    page.get_by_label("Choose a password").fill("nine green bottles")
    page.set_viewport_size(PHONE)
    assert_fits(page)
    assert_accessible_in_the_dark(page)
    page.get_by_role("button", name="Create account and join").click()

    # They land in the project, where the first image is one sentence away, on a phone as well.
    expect(page).to_have_url(f"{server.url}/p/spring/")
    page.get_by_role("button", name="Open the composer").click()
    page.get_by_label("Prompt", exact=True).fill("A quiet fjord")
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".card.queued")).to_have_count(1)
    work()
    expect(page.locator(".card img")).to_have_count(1)
    assert not errors, errors

    # The link is used up, and the account stands.
    stranger = new_context().new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="This invitation has been used")).to_be_visible()
    assert User.objects.get(email="nora@example.com").role == TeamRole.MEMBER
