"""Controls of schemas that none of the documented models has, in a real browser."""

from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from studio.catalog.actions import add_version, install_catalog
from studio.catalog.models import ImageModel, Provider
from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.conftest import NewContext
from tests.cast import Cast

STYLES = [
    *("any", "art_deco", "bauhaus", "charcoal", "collage", "comic", "cubism", "engraving", "film_noir"),
    *("gouache", "graffiti", "ink", "linocut", "mosaic", "oil", "pastel", "pop_art", "risograph"),
    *("sketch", "ukiyo_e", "watercolour", "woodcut"),
]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["prompt", "style"],
    "properties": {
        "prompt": {"type": "string"},
        "style": {"type": "string", "enum": STYLES, "default": "ink", "description": "How it is drawn."},
        "strength": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        "steps": {"type": "integer", "minimum": 1, "maximum": 50, "multipleOf": 4},
        "loras": {
            "type": "array",
            "title": "LoRA",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "scale": {
                        "type": "number",
                        "minimum": 0,
                        "maximum": 2,
                        "multipleOf": 0.25,
                        "default": 1,
                    },
                },
                "required": ["path"],
            },
        },
    },
}


@pytest.fixture
def studio(page: Page, live_server: LiveServer, cast: Cast) -> Page:
    open_studio(page, live_server, cast)
    return page


def open_studio(page: Page, live_server: LiveServer, cast: Cast) -> None:
    """Show a contributor the form of a model that has just appeared."""
    install_catalog()
    provider = Provider.objects.get(slug="mountsea")
    model = ImageModel.objects.create(provider=provider, slug="bird-1", name="Bird")
    model.schema, _ = add_version(model, SCHEMA, {})
    model.save()
    cookie = cast.client(cast.contributor).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(f"{live_server}/p/{cast.project.slug}/?model=mountsea:bird-1")


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Style")


def value_of(page: Page, name: str) -> str:
    value: str = page.evaluate(
        "(name) => new FormData(document.getElementById('composer-form')).get(name)", name
    )
    return value


def test_a_long_list_is_searched_by_keyboard_alone(studio: Page) -> None:
    expect(button(studio)).to_have_accessible_name("Style Ink (default)")
    expect(button(studio)).to_have_accessible_description("How it is drawn.")
    button(studio).focus()
    studio.keyboard.press("ArrowDown")
    search = studio.get_by_role("combobox", name="Search style")
    expect(search).to_be_focused()
    expect(studio.get_by_role("option")).to_have_count(len(STYLES))
    expect(studio.get_by_role("option", name="Ink (default)", selected=True)).to_be_visible()
    studio.keyboard.type("pop")
    expect(studio.get_by_role("option")).to_have_text(["Pop art"])
    studio.keyboard.press("Enter")
    expect(button(studio)).to_be_focused()
    expect(button(studio)).to_have_text("Pop art")
    assert value_of(studio, "in-style") == "pop_art"
    expect(studio.get_by_role("option")).to_have_count(0)


def test_the_keys_of_a_list(studio: Page) -> None:
    button(studio).focus()
    studio.keyboard.press("w")
    expect(studio.get_by_role("option")).to_have_text(["Watercolour", "Woodcut"])
    studio.keyboard.press("End")
    studio.keyboard.press("Enter")
    assert value_of(studio, "in-style") == "woodcut"
    for keys, value in (
        (["ArrowDown", "Home", "Enter"], "any"),
        (["ArrowDown", "ArrowUp", "Enter"], "woodcut"),
        (["ArrowDown", "ArrowDown", "Enter"], "any"),
        (["ArrowDown", "PageDown", "Enter"], "film_noir"),
        (["ArrowDown", "PageUp", "ArrowDown", "Escape"], "film_noir"),
    ):
        for key in keys:
            studio.keyboard.press(key)
        expect(button(studio)).to_be_focused()
        assert value_of(studio, "in-style") == value


def test_what_is_not_in_the_list_is_said(studio: Page) -> None:
    button(studio).click()
    studio.keyboard.type("zzz")
    expect(studio.get_by_text("Nothing fits.")).to_be_visible()
    studio.keyboard.press("Enter")
    assert value_of(studio, "in-style") == "ink"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_long_list_is_accessible(
    new_context: NewContext, live_server: LiveServer, cast: Cast, theme: str, size: dict[str, int]
) -> None:
    page = new_context(viewport=size, color_scheme=theme).new_page()
    open_studio(page, live_server, cast)
    if size == PHONE:
        page.get_by_role("button", name="Open the composer").click()
    button(page).click()
    page.keyboard.type("co")
    assert_accessible(page)
    assert_fits(page)
    take_screenshot(page, f"search-select-{theme}-{size['width']}")


def test_without_script_a_long_list_is_a_select(
    new_context: NewContext, live_server: LiveServer, cast: Cast
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    open_studio(page, live_server, cast)
    page.get_by_label("Style").select_option("mosaic")
    expect(page.get_by_label("Style")).to_have_value("mosaic")


def test_groups_are_added_removed_and_limited(studio: Page) -> None:
    studio.get_by_text("Advanced").click()
    groups = studio.get_by_role("group", name="LoRA", exact=True)
    rows = groups.get_by_role("group")
    expect(rows).to_have_count(1)
    rows.first.get_by_label("Path").fill("first.safetensors")
    groups.get_by_role("button", name="Add").click()
    expect(rows).to_have_count(2)
    expect(rows.last.get_by_label("Path")).to_be_focused()
    expect(groups.get_by_role("button", name="Add")).to_be_hidden()
    rows.last.get_by_label("Path").fill("second.safetensors")
    rows.first.get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(1)
    expect(groups.get_by_role("button", name="Add")).to_be_focused()
    assert value_of(studio, "in-loras.0.path") is None
    assert value_of(studio, "in-loras.1.path") == "second.safetensors"
    expect(studio.get_by_text("1 changed")).to_be_visible()
    assert_accessible(studio)


def test_a_bounded_number_is_typed_or_slid_to(studio: Page) -> None:
    studio.get_by_text("Advanced").click()
    number = studio.get_by_role("textbox", name="Strength")
    expect(number).to_have_value("0.5")
    number.press("ArrowUp")
    expect(number).to_have_value("0.51")
    expect(studio.get_by_text("1 changed")).to_be_visible()
    number.fill("0.25")
    track = studio.locator("slider-field", has=number).locator("[type=range]")
    expect(track).to_have_value("0.25")
    box = track.bounding_box()
    assert box is not None
    studio.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    expect(number).to_have_value("1")
    assert value_of(studio, "in-strength") == "1"
    number.fill("")
    assert value_of(studio, "in-strength") == ""
    assert_accessible(studio)
    take_screenshot(studio, "slider")


def test_a_stepper_counts_by_what_the_schema_takes(studio: Page) -> None:
    studio.get_by_text("Advanced").click()
    steps = studio.get_by_role("spinbutton", name="Steps")
    studio.locator(".stepper", has=steps).locator("[data-step='1']").click()
    expect(steps).to_have_value("4")
    steps.press("ArrowUp")
    expect(steps).to_have_value("8")
