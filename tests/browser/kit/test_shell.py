"""The shell in a real browser: sign-in, theme, menus, dialogs, toasts, errors."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.conftest import NewContext
from tests.factories import UserFactory

PASSWORD = "a long enough password"


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer) -> Page:
    """A tab on the page that needs nothing but the shell: change password."""
    person = UserFactory(email="mara@example.com", name="Mara Lindqvist")
    person.set_password(PASSWORD)
    person.save()
    page.goto(f"{live_server}/accounts/login/?next=/accounts/password/change/")
    page.get_by_label("E-mail").fill("mara@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/password/change/")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_sign_in_page_is_accessible(
    new_context: NewContext, live_server: LiveServer, theme: str, size: dict[str, int]
) -> None:
    page = new_context(viewport=size, color_scheme=theme).new_page()
    page.goto(f"{live_server}/accounts/login/")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    take_screenshot(page, f"sign-in-{theme}-{size['width']}")


def test_a_password_can_be_read_while_it_is_typed(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server}/accounts/login/")
    field = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_theme_is_kept_and_every_page_starts_in_it(signed_in: Page, theme: str) -> None:
    signed_in.get_by_role("button", name="Account: Mara Lindqvist").click()
    signed_in.get_by_role("radio", name=theme).check(force=True)
    html = signed_in.locator("html")
    expect(html).to_have_attribute("data-theme", theme.lower())
    assert_accessible(signed_in)
    take_screenshot(signed_in, f"account-menu-{theme.lower()}")
    source = signed_in.request.get(signed_in.url).text()
    assert f'data-theme="{theme.lower()}"' in source
    signed_in.get_by_role("radio", name="System").check(force=True)
    expect(html).not_to_have_attribute("data-theme", re.compile(".*"))
    assert "data-theme" not in signed_in.request.get(signed_in.url).text().split("<body")[0]


def test_signing_out_is_one_press(signed_in: Page) -> None:
    signed_in.get_by_role("button", name="Account: Mara Lindqvist").click()
    signed_in.get_by_role("button", name="Sign out").click()
    signed_in.wait_for_url("**/accounts/login/")


def test_a_changed_password_says_so_in_a_toast(signed_in: Page) -> None:
    signed_in.get_by_label("Current password").fill(PASSWORD)
    signed_in.get_by_label("New password", exact=True).fill("another long password")
    signed_in.get_by_label("New password, again").fill("another long password")
    signed_in.get_by_role("button", name="Change password").click()
    expect(signed_in.get_by_role("status").get_by_text("Your password is changed.")).to_be_visible()
    assert_accessible(signed_in)


def test_a_failed_request_says_so_until_it_is_dismissed(signed_in: Page) -> None:
    signed_in.evaluate("htmx.ajax('GET', '/nowhere/', {target: 'main', swap: 'innerHTML'})")
    toast = signed_in.locator("toast-region .toast")
    expect(toast).to_contain_text("The server answered with an error (404)")
    expect(signed_in.get_by_role("heading", name="Your account")).to_be_visible()
    assert_accessible(signed_in)
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


def test_a_refusal_shows_its_sentence(signed_in: Page) -> None:
    body = '<div class="toast" data-toast="bad"><span>Viewers can’t &lt;do&gt; this.</span></div>'
    signed_in.route(
        "**/refused/", lambda route: route.fulfill(status=403, content_type="text/html", body=body)
    )
    signed_in.evaluate("htmx.ajax('GET', '/refused/', {target: 'main', swap: 'innerHTML'})")
    expect(signed_in.locator("toast-region")).to_contain_text("Viewers can’t <do> this.")


def test_a_long_sentence_stays_on_a_phone(signed_in: Page) -> None:
    signed_in.set_viewport_size(PHONE)
    signed_in.evaluate("htmx.ajax('GET', '/nowhere/', {target: 'main', swap: 'innerHTML'})")
    box = signed_in.locator("toast-region .toast").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


def test_an_unreachable_server_is_told(signed_in: Page) -> None:
    signed_in.route("**/gone/", lambda route: route.abort())
    signed_in.evaluate("htmx.ajax('GET', '/gone/', {target: 'main'}).catch(() => {})")
    expect(signed_in.locator("toast-region")).to_contain_text("The server can’t be reached")


def test_a_form_asks_before_it_is_sent(signed_in: Page) -> None:
    form = signed_in.locator("form.box")
    form.evaluate("form => form.dataset.confirm = 'Really change it?'")
    signed_in.get_by_label("Current password").fill("wrong")
    signed_in.get_by_label("New password", exact=True).fill("another long password")
    signed_in.get_by_label("New password, again").fill("another long password")
    signed_in.get_by_role("button", name="Change password").click()
    dialog = signed_in.get_by_role("dialog", name="Really change it?")
    expect(dialog).to_be_visible()
    assert_accessible(signed_in)
    take_screenshot(signed_in, "confirm")
    dialog.get_by_role("button", name="Cancel").click()
    expect(signed_in.locator(".err")).to_have_count(0)
    signed_in.get_by_role("button", name="Change password").click()
    dialog.get_by_role("button", name="Continue").click()
    expect(signed_in.locator(".err").first).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_of_nothing_is_accessible(
    signed_in: Page, live_server: LiveServer, size: dict[str, int]
) -> None:
    signed_in.set_viewport_size({"width": size["width"], "height": size["height"]})
    signed_in.goto(f"{live_server}/nowhere/")
    expect(signed_in.get_by_role("heading", name="Nothing hangs here")).to_be_visible()
    assert_accessible(signed_in)
    assert_fits(signed_in)


def test_without_script_signing_in_works(new_context: NewContext, live_server: LiveServer) -> None:
    person = UserFactory(email="plain@example.com")
    person.set_password(PASSWORD)
    person.save()
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server}/accounts/login/?next=/accounts/password/change/")
    page.get_by_label("E-mail").fill("plain@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/password/change/")
