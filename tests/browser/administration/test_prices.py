"""Filling a table of prices by keyboard: boxes and steps change it, and the focus stays where it was."""

import pytest
from playwright.sync_api import Page, expect

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.kit.clock import team_today
from studio.spending.prices import Rate
from studio.spending.queries import rates_on
from tests.browser.checks import PHONE
from tests.cast import Cast
from tests.server import WebServer


@pytest.fixture
def model(server: WebServer) -> ImageModel:
    install_catalog()
    return find_model("NB2", "modelstream")


@pytest.fixture
def tab(page: Page, cast: Cast, server: WebServer, model: ImageModel) -> Page:
    """The prices of the model, before an admin who has just given the password."""
    (cookie,) = (each for each in cast.client(cast.admin).cookies.values() if "session" in each.key)
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
    page.goto(f"{server.url}/admin/prices/{model.pk}/")
    return page


def test_boxes_and_steps_by_keyboard(tab: Page, model: ImageModel) -> None:
    box = tab.get_by_role("checkbox", name="References")
    box.focus()
    tab.keyboard.press("Space")
    steps = tab.get_by_label("Steps of references")
    expect(steps).to_have_value("1")
    # Until htmx has taken up what it put in, the browser itself would send the form, and load the whole page.
    expect(tab.locator(".htmx-added")).to_have_count(0)
    expect(box).to_be_focused()
    tab.keyboard.press("Tab")
    expect(steps).to_be_focused()
    tab.keyboard.type("1, 4")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("rowheader")).to_have_text(
        ["No references", "1 to 3 references", "4 to 14 references"]
    )
    expect(steps).to_be_focused()

    tab.get_by_role("checkbox", name="Resolution").check()
    expect(tab.get_by_role("columnheader", name="4 to 14 references")).to_be_visible()
    expect(steps).to_have_value("1, 4")
    tab.get_by_role("button", name="Show").focus()
    for price in ("0.10", "0.20", "0.33"):
        tab.keyboard.press("Tab")
        tab.keyboard.type(price)
    expect(tab.get_by_label("Resolution: 512, References: 4 to 14 references")).to_have_value("0.33")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("The prices of Nano Banana 2 are set.")).to_be_visible()
    assert rates_on(model.pk, team_today()) == (
        Rate(100_000, {"quality": "512"}),
        Rate(200_000, {"quality": "512"}, 1),
        Rate(330_000, {"quality": "512"}, 4),
    )
    expect(tab.get_by_label("Resolution: 512, References: 1 to 3 references")).to_have_value("0.20")


def test_typing_steps_sends_nothing_by_itself(tab: Page) -> None:
    tab.get_by_role("checkbox", name="References").check()
    steps = tab.get_by_label("Steps of references")
    steps.fill("4,many")
    tab.wait_for_timeout(600)
    expect(steps).not_to_have_attribute("aria-invalid", "true")
    tab.get_by_role("button", name="Show").click()
    expect(steps).to_have_accessible_description("Write numbers with commas between them, such as 1, 4.")
    expect(steps).to_have_value("4,many")
    tab.get_by_role("checkbox", name="Thinking").check()
    expect(tab.get_by_label("Thinking: High, References: No references")).to_be_visible()
    expect(steps).to_have_value("4,many")


def test_the_row_stays_beside_the_price_that_is_scrolled_to_on_a_phone(tab: Page) -> None:
    tab.set_viewport_size(PHONE)
    tab.goto(f"{tab.url}?by=quality&by=thinking_level&by=references&steps=1,4,8")
    tab.get_by_label("Resolution: 512, Thinking: High, References: 8 to 14 references").focus()
    row = tab.get_by_role("rowheader", name="High").first
    expect(row).to_be_in_viewport(ratio=1)
    for label in ("4 to 7 references", "1 to 3 references", "No references"):
        tab.keyboard.press("Shift+Tab")
        cell = tab.get_by_label(f"Resolution: 512, Thinking: High, References: {label}")
        expect(cell).to_be_focused()
        left, edge = cell.bounding_box(), row.bounding_box()
        assert left
        assert edge
        assert left["x"] >= edge["x"] + edge["width"], "it isn't behind the row's name"


def test_a_price_that_is_none_is_gone_to(tab: Page) -> None:
    tab.set_viewport_size(PHONE)
    tab.goto(f"{tab.url}?by=quality&by=thinking_level&by=references&steps=1,4,8")
    last = tab.get_by_label("Resolution: 4K, Thinking: High, References: 8 to 14 references")
    last.fill("dear")
    tab.get_by_role("button", name="Set prices").click()
    expect(last).to_have_accessible_description("This is no amount of money.")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
