"""The catalogue in a browser: the switch, the order and the editor by keyboard, and all of it without scripts."""

import pytest
from playwright.sync_api import Page, expect

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import find_model
from studio.catalog.syncing import Listing
from studio.providers.types import ListedModel, ModelDetail
from tests.browser.checks import PHONE, assert_accessible, assert_fits, watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.server import WebServer

CATALOGUE = "/admin/catalogue/"


@pytest.fixture
def model(server: WebServer) -> ImageModel:
    install_catalog()
    return find_model("nano-banana-2", "mountsea")


def open_tab(new_context: NewContext, cast: Cast, server: WebServer, **options: object) -> Page:
    """Open a browser in which the admin has just given the password."""
    context = new_context(base_url=server.url, **options)
    (cookie,) = (each for each in cast.client(cast.admin).cookies.values() if "session" in each.key)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])  # type: ignore[list-item]
    return context.new_page()


def test_an_admin_hides_moves_and_edits_a_model_by_keyboard(
    new_context: NewContext, cast: Cast, server: WebServer, model: ImageModel
) -> None:
    tab = open_tab(new_context, cast, server)
    errors = watch_errors(tab)
    tab.goto(f"{CATALOGUE}{model.pk}/")
    switch = tab.locator(f"#publish-{model.pk}")
    switch.focus()
    tab.keyboard.press("Space")
    expect(tab.locator(".cmain .cedh")).to_contain_text("Hidden")
    expect(switch).to_be_focused()
    tab.keyboard.press("Space")
    expect(tab.locator(".cmain .cedh")).to_contain_text("Offered")
    up = tab.locator(f"#up-{model.pk}")
    order = tab.locator(".clist a").evaluate_all("links => links.map(link => link.pathname)")
    up.focus()
    tab.keyboard.press("Enter")
    at = order.index(f"{CATALOGUE}{model.pk}/")
    expect(tab.locator(".clist a").nth(at - 1)).to_have_attribute("href", f"{CATALOGUE}{model.pk}/")
    expect(up).to_be_focused()

    tab.get_by_role("link", name="Edit the form").click()
    tab.locator("summary", has_text="resolution").click()
    tab.get_by_label("Title").locator("visible=true").fill("Sharpness")
    preview = tab.locator("#overlay-preview")
    expect(preview.locator(".hlf")).to_contain_text("Sharpness")
    tab.get_by_label("Title").locator("visible=true").fill("x" * 81)
    expect(preview).to_contain_text("Not valid yet")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("At most 80 characters; these are 81.")).to_be_visible()
    assert_accessible(tab)
    tab.get_by_label("Title").locator("visible=true").fill("Sharpness")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("The form is changed for everybody.")).to_be_visible()
    tab.goto("/p/spring/?model=mountsea:nano-banana-2")
    expect(tab.locator("#composer-form")).to_contain_text("Sharpness")
    assert not errors, errors


def test_the_catalogue_works_without_scripts_on_a_phone(
    new_context: NewContext, cast: Cast, server: WebServer, model: ImageModel
) -> None:
    sheet = {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
    listing = Listing((ListedModel("bird-1", "Bird"),), {"bird-1": ModelDetail(sheet, {})})
    propose_listing(provider=model.provider, listing=listing)
    tab = open_tab(new_context, cast, server, java_script_enabled=False, viewport=PHONE)
    tab.goto(f"{CATALOGUE}{model.pk}/")
    form = tab.locator("form.publish", has=tab.locator(f"#publish-{model.pk}"))
    form.get_by_role("switch").uncheck(force=True)
    form.get_by_role("button", name="Save").click()
    expect(tab.locator(".cmain .cedh")).to_contain_text("Hidden")
    tab.get_by_label("Only some projects").check()
    share = tab.locator("form", has=tab.get_by_label("Only some projects"))
    share.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("Name at least one project, or hide the model.")).to_be_visible()
    tab.goto(f"{CATALOGUE}differences/")
    tab.get_by_role("button", name="Accept Bird", exact=True).click()
    expect(tab.get_by_text("Bird is now as Mountsea Hub says.")).to_be_visible()
    assert_fits(tab)
