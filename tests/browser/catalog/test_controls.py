"""The controls of a model's form in a real browser: pictures, dice, counters, the model's picker, the keyboard."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from studio.catalog.actions import install_catalog
from tests.browser.checks import DESKTOP, NARROWEST, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.conftest import NewContext
from tests.cast import Cast


@pytest.fixture
def studio(page: Page, live_server: LiveServer, cast: Cast) -> Page:
    """A contributor's studio with ModelStream's model chosen."""
    install_catalog()
    open_studio(page, live_server, cast)
    return page


def open_studio(page: Page, live_server: LiveServer, cast: Cast, model: str = "modelstream:NB2") -> None:
    client = cast.client(cast.contributor)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(f"{live_server}/p/{cast.project.slug}/?model={model}")


def choose_model(page: Page, provider: str) -> None:
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text=f"Nano Banana 2{provider}").click()


def test_the_model_can_be_chosen_by_keyboard(studio: Page) -> None:
    opener = studio.get_by_role("button", name="Change model")
    opener.focus()
    studio.keyboard.press("Enter")
    dialog = studio.get_by_role("dialog", name="Choose a model")
    expect(dialog.get_by_label("Search models")).to_be_focused()
    expect(dialog.locator(".model-row")).to_have_count(9)
    expect(dialog.locator("[aria-current]")).to_contain_text("ModelStream")
    studio.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    studio.keyboard.press("Enter")
    studio.keyboard.type("mountsea banana 4k")
    expect(dialog.locator(".model-row:visible")).to_have_count(2)
    # Of what Enter would choose.
    expect(dialog.locator("[data-about] h3")).to_have_text("Nano Banana 2")
    studio.get_by_label("Search models").press_sequentially(" pro")
    expect(dialog.locator("[data-about] h3")).to_have_text("Nano Banana Pro")
    for _ in " pro":
        studio.keyboard.press("Backspace")
    studio.keyboard.press("ArrowDown")
    studio.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("button", name="Nano Banana Pro")).to_be_focused()
    expect(dialog.locator("[data-about]")).to_contain_text("Gemini 3 Pro")
    studio.keyboard.press("ArrowUp")
    studio.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(studio.get_by_role("button", name="Model: Nano Banana 2 at Mountsea Hub")).to_be_focused()
    expect(studio.get_by_text("Safety tolerance")).to_be_attached()
    studio.keyboard.press("Enter")
    expect(dialog.locator("[aria-current]")).to_contain_text("Nano Banana 2Mountsea Hub")


def test_what_is_typed_right_after_the_press_is_the_search(studio: Page) -> None:
    opener = studio.get_by_role("button", name="Change model")
    dialog = studio.get_by_role("dialog", name="Choose a model")
    opener.click()
    expect(dialog.locator(".model-row")).to_have_count(9)
    studio.keyboard.press("Escape")
    focused = opener.evaluate("button => (button.click(), document.activeElement.getAttribute('aria-label'))")
    assert focused == "Search models"


def test_models_are_found_by_words_and_by_what_they_can(studio: Page) -> None:
    studio.get_by_role("button", name="Change model").click()
    dialog = studio.get_by_role("dialog", name="Choose a model")
    rows = dialog.locator(".model-row:visible")
    dialog.get_by_role("button", name="Edit area").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("GPT Image 2")
    dialog.get_by_role("button", name="All", exact=True).click()
    search = dialog.get_by_label("Search models")
    for words, count in (("openai", 2), ("edit", 6), ("inpaint", 1), ("google stream", 3)):
        search.fill(words)
        expect(rows).to_have_count(count)
    search.fill("no such model")
    expect(dialog.get_by_text("No model fits.")).to_be_visible()
    dialog.get_by_role("button", name="Show all models").click()
    expect(rows).to_have_count(9)
    search.fill("z-image")
    studio.keyboard.press("Enter")
    expect(studio.get_by_role("button", name="Model: Z-Image Turbo")).to_be_focused()


def test_a_list_that_does_not_come_is_said_and_asked_for_again(studio: Page) -> None:
    studio.route("**/models", lambda route: route.abort())
    studio.get_by_role("button", name="Change model").click()
    dialog = studio.get_by_role("dialog", name="Choose a model")
    expect(dialog.get_by_text("The models could not be loaded.")).to_be_visible()
    studio.keyboard.press("Escape")
    studio.unroute("**/models")
    studio.get_by_role("button", name="Change model").click()
    expect(dialog.locator(".model-row")).to_have_count(9)


def test_rare_shapes_are_shown_on_request(studio: Page) -> None:
    expect(studio.get_by_text("8:1", exact=True)).to_be_hidden()
    studio.get_by_label("Show more shapes").check(force=True)
    studio.get_by_role("radio", name="8:1").check(force=True)
    studio.get_by_label("Show more shapes").uncheck(force=True)
    expect(studio.get_by_text("8:1", exact=True)).to_be_visible()
    expect(studio.get_by_text("1:8", exact=True)).to_be_hidden()


def test_advanced_counts_what_is_changed_and_the_dice_throw_a_seed(studio: Page) -> None:
    choose_model(studio, "Mountsea Hub")
    studio.get_by_text("Advanced").click()
    studio.get_by_role("button", name="Throw a seed").click()
    expect(studio.get_by_role("textbox", name="Seed")).to_have_value(re.compile(r"^\d+$"))
    expect(studio.get_by_text("1 changed")).to_be_visible()
    studio.get_by_role("switch", name="Web search").check(force=True)
    expect(studio.get_by_text("2 changed")).to_be_visible()
    studio.get_by_role("switch", name="Web search").uncheck(force=True)
    studio.get_by_role("textbox", name="Seed").fill("")
    expect(studio.locator("[data-changed]")).to_be_hidden()


def test_the_prompt_is_counted_in_characters(studio: Page) -> None:
    prompt, count = studio.get_by_label("Prompt", exact=True), studio.locator("[data-count]").first
    prompt.fill("é😀")
    expect(count).to_have_text("2")
    prompt.fill("x" * 50_001)
    expect(count).to_have_text("50,001 of 50,000")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_form_is_accessible(
    new_context: NewContext, live_server: LiveServer, cast: Cast, theme: str, size: dict[str, int]
) -> None:
    install_catalog()
    page = new_context(viewport=size, color_scheme=theme).new_page()
    open_studio(page, live_server, cast, "mountsea:nano-banana-2")
    if size == PHONE:
        page.get_by_role("button", name="Open the composer").click()
    page.get_by_text("Advanced").click()
    assert_accessible(page)
    assert_fits(page)
    take_screenshot(page, f"form-{theme}-{size['width']}")
    page.get_by_role("button", name="Change model").click()
    expect(page.locator(".model-row[aria-current]")).to_be_visible()
    assert_accessible(page)
    take_screenshot(page, f"picker-{theme}-{size['width']}")


OVERLAPPING = """
[...document.querySelectorAll("#input-fields .seg, #input-fields .duo")].filter((box) => {
  const edges = [...box.children].map((child) => child.getBoundingClientRect());
  const { right } = box.closest(".in, .input-fields").getBoundingClientRect();
  return box.scrollWidth > box.clientWidth || box.getBoundingClientRect().right > right + 1 || edges.some(
    (edge, at) => at && edge.left < edges[at - 1].right && edge.top < edges[at - 1].bottom);
}).map((box) => box.textContent.trim())
"""


@pytest.mark.parametrize("width", [DESKTOP["width"], PHONE["width"], NARROWEST["width"]])
def test_long_words_of_a_choice_have_room(
    new_context: NewContext, live_server: LiveServer, cast: Cast, width: int
) -> None:
    install_catalog()
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    open_studio(page, live_server, cast, "modelstream:gpt-image-2")
    if width != DESKTOP["width"]:
        page.get_by_role("button", name="Open the composer").click()
    page.get_by_text("Advanced").click()
    expect(page.get_by_text("Opaque")).to_be_visible()
    assert page.evaluate(OVERLAPPING) == []
    take_screenshot(page, f"long-words-{width}")


def test_a_size_of_ones_own_is_checked_while_one_types(
    page: Page, live_server: LiveServer, cast: Cast
) -> None:
    install_catalog()
    open_studio(page, live_server, cast, "mountsea:gpt-image-2")
    size = page.get_by_role("group", name="Image size")
    width, height = size.get_by_label("Width"), size.get_by_label("Height")
    expect(width).to_be_hidden()
    size.get_by_role("combobox").select_option("Custom size")
    width.fill("1000")
    height.fill("1024")
    expect(size.get_by_role("status")).to_contain_text("Width and height must be multiples of 16.")
    assert_accessible(page)
    take_screenshot(page, "size-of-ones-own")
    size.get_by_role("button", name="Use 1008 × 1024").click()
    expect(width).to_have_value("1008")
    expect(size.get_by_role("status")).to_be_empty()
    for wrong, nearest in (
        ("464x1392", "480 × 1392"),
        ("480x1360", "480 × 1376"),
        ("800x816", "800 × 832"),
        ("1008x640", "1024 × 640"),
        ("2896x2896", "2880 × 2880"),
        ("3840x1264", "3840 × 1280"),
        ("3840x2176", "3840 × 2160"),
        ("1000x1024", "1008 × 1024"),
    ):
        across, down = wrong.split("x")
        width.fill(across)
        height.fill(down)
        expect(size.get_by_role("button")).to_have_text(f"Use {nearest}")
    for right in ("480x1376", "816x816", "800x832", "1024x640", "2880x2880", "3840x1280", "3840x2160"):
        across, down = right.split("x")
        width.fill(across)
        height.fill(down)
        expect(size.get_by_role("status")).to_be_empty()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_without_script_the_models_are_a_page(
    new_context: NewContext, live_server: LiveServer, cast: Cast, theme: str, size: dict[str, int]
) -> None:
    install_catalog()
    page = new_context(viewport=size, color_scheme=theme).new_page()
    open_studio(page, live_server, cast, "mountsea:nano-banana-2")
    page.goto(f"{live_server}/p/{cast.project.slug}/models")
    assert_accessible(page)
    assert_fits(page)
    take_screenshot(page, f"models-{theme}-{size['width']}")


def test_without_script_another_model_keeps_what_was_typed(
    new_context: NewContext, live_server: LiveServer, cast: Cast
) -> None:
    install_catalog()
    page = new_context(java_script_enabled=False).new_page()
    open_studio(page, live_server, cast, "mountsea:nano-banana-2")
    page.get_by_label("Prompt", exact=True).fill("A lake at dawn")
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text="Imagen 4").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A lake at dawn")
    expect(page.get_by_role("button", name="Model: Imagen 4 at ModelStream")).to_be_visible()
