"""Working in the gallery with mouse, keyboard and finger: selecting, searching, filters, undo, the trash."""

import json
import re
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from studio.gallery.actions import set_favourite, trash_images
from studio.generation.models import Favourite, Image
from tests.browser.checks import PHONE, assert_accessible, assert_fits, take_screenshot, watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, store_image
from tests.server import WebServer, sign_in

pytestmark = pytest.mark.processes
NEWS_MS = 20_000
SIZES = [(64, 80), (96, 54), (64, 64), (90, 60)]


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, cast: Cast) -> Iterator[Page]:
    context = new_context(base_url=server.url)
    sign_in(context, cast.manager, server.url)
    page = context.new_page()
    errors = watch_errors(page)
    yield page
    assert not errors, errors


def fill(cast: Cast, count: int, prompt: str = "Misty ridges") -> list[Image]:
    batch = make_batch(cast.project, cast.contributor, prompt=prompt)
    return [
        store_image(make_generation(batch, position=number), encode(*SIZES[number % len(SIZES)]))
        for number in range(count)
    ]


def open_gallery(tab: Page, query: str = "") -> None:
    tab.goto(f"/p/spring/gallery/{query}")
    expect(tab.locator("image-selection")).to_have_js_property("constructor.name", "ImageSelection")


def places(tab: Page) -> list[dict[str, float] | None]:
    return [card.bounding_box() for card in tab.locator(".card").all()]


def selected(tab: Page) -> list[int]:
    return [index for index, box in enumerate(tab.locator(".pick").all()) if box.is_checked()]


def test_selecting_by_mouse_moves_nothing(tab: Page, cast: Cast) -> None:
    fill(cast, 12)
    open_gallery(tab)
    bar = tab.locator(".selbar")
    expect(bar).to_be_hidden()
    before = places(tab)
    tab.locator(".pick").nth(2).click()
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("1 selected")
    tab.locator(".pick").nth(6).click(modifiers=["Shift"])
    assert selected(tab) == [2, 3, 4, 5, 6]
    expect(bar).to_contain_text("5 selected")
    expect(tab.locator("[data-selected-news]")).to_contain_text("5 selected")
    tab.locator(".card > a").nth(8).click(modifiers=["ControlOrMeta"])
    assert selected(tab) == [2, 3, 4, 5, 6, 8]
    tab.locator(".pick").nth(4).click()
    assert selected(tab) == [2, 3, 5, 6, 8]
    tab.locator("[data-select-day]").check()
    assert len(selected(tab)) == 12
    assert places(tab) == before
    bar.get_by_role("button", name="Clear the selection").click()
    expect(bar).to_be_hidden()
    expect(tab.locator("[data-select-day]")).not_to_be_checked()
    assert places(tab) == before


def test_selecting_by_keyboard(tab: Page, cast: Cast) -> None:
    fill(cast, 12)
    open_gallery(tab)
    tab.locator(".card > a").first.focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+Space")
    assert selected(tab) == [0, 1, 2]
    tab.keyboard.press("ArrowDown")
    focused = tab.evaluate(
        "[...document.querySelectorAll('.card')].indexOf(document.activeElement.closest('.card'))"
    )
    assert focused > 3
    tab.keyboard.press("Space")
    assert selected(tab) == [0, 1, 2, focused]
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Escape")
    assert selected(tab) == []
    tab.keyboard.press("ControlOrMeta+a")
    assert len(selected(tab)) == 12
    tab.keyboard.press("Delete")
    expect(tab.locator(".card")).to_have_count(0)
    expect(tab.locator("toast-region")).to_contain_text("12 images moved to the trash.")


def test_what_is_selected_stays_so_when_more_comes(tab: Page, cast: Cast) -> None:
    fill(cast, 70)
    open_gallery(tab)
    tab.locator(".pick").first.check()
    tab.locator(".load-more").scroll_into_view_if_needed()
    expect(tab.locator(".card")).to_have_count(70)
    assert selected(tab) == [0]
    tab.locator(".pick").last.click(modifiers=["Shift"])
    expect(tab.locator(".selbar")).to_contain_text("70 selected")


def test_deleted_images_leave_and_come_back_to_their_place(tab: Page, cast: Cast) -> None:
    images = fill(cast, 6)
    open_gallery(tab)
    order = [card.get_attribute("id") for card in tab.locator(".card").all()]
    tab.locator(".pick").nth(1).check()
    tab.locator(".pick").nth(2).check()
    tab.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.locator(".card")).to_have_count(4)
    expect(tab.locator("#gallery-count")).to_have_text("4 images")
    expect(tab.locator(".selbar")).to_be_hidden()
    assert Image.objects.filter(deleted_at__isnull=False).count() == 2
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator(".card")).to_have_count(6)
    assert [card.get_attribute("id") for card in tab.locator(".card").all()] == order
    expect(tab.locator(".sect .num")).to_contain_text("6 images by")
    assert len(images) == 6


def test_another_page_follows_what_is_deleted(tab: Page, cast: Cast) -> None:
    images = fill(cast, 3)
    open_gallery(tab)
    expect(tab.locator("live-feed")).to_have_attribute("data-state", "live", timeout=NEWS_MS)
    tab.locator(".pick").nth(1).check()
    trash_images(project=cast.project, image_ids=[images[0].pk], by=cast.manager)
    # News go a long way: the change is noticed, told, and its tiles are asked for.
    expect(tab.locator(".card")).to_have_count(2, timeout=NEWS_MS)
    assert selected(tab) == [1]
    # A tile that is made anew stays selected.
    set_favourite(image=images[1], by=cast.manager, is_favourite=True)
    expect(tab.locator(".star button").nth(1)).to_have_attribute("aria-pressed", "true", timeout=NEWS_MS)
    assert selected(tab) == [1]


def test_what_a_filter_leaves_stays_selected(tab: Page, cast: Cast) -> None:
    fill(cast, 2)
    clear = fill(cast, 2, prompt="Clear sky")
    set_favourite(image=clear[1], by=cast.manager, is_favourite=True)
    open_gallery(tab)
    for place in (0, 1, 3):
        tab.locator(".pick").nth(place).check()
    bar = tab.locator(".selbar")
    expect(bar).to_contain_text("3 selected")
    tab.get_by_label("Search the prompts").fill("clear")
    expect(tab.locator(".card")).to_have_count(2)
    assert selected(tab) == [0, 1]
    expect(bar).to_contain_text("2 selected")
    expect(tab.locator("[data-selected-news]")).to_contain_text("2 selected")
    tab.keyboard.press("Control+a")
    tab.get_by_role("link", name="Starred").press("Enter")
    expect(tab.locator(".card")).to_have_count(1)
    assert selected(tab) == [0]
    expect(bar).to_contain_text("1 selected")
    tab.locator(".card > a").first.focus()
    tab.keyboard.press("Escape")
    assert selected(tab) == []
    expect(bar).to_be_hidden()


def test_the_selection_is_downloaded(tab: Page, cast: Cast) -> None:
    images = fill(cast, 3)
    open_gallery(tab)
    tab.locator(".pick").nth(0).check()
    tab.locator(".pick").nth(2).check()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download ZIP").click()
    assert download.value.suggested_filename == "spring-images.zip"
    with ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        files = [recipe["file"] for recipe in json.loads(archive.read("recipes.json"))["images"]]
    assert files == [f"spring-{images[2].pk}.png", f"spring-{images[0].pk}.png"]
    expect(tab.locator(".selbar")).to_contain_text("2 selected")


def test_searching_as_one_types(tab: Page, cast: Cast) -> None:
    fill(cast, 2)
    fill(cast, 1, prompt="Clear sky")
    open_gallery(tab)
    box = tab.get_by_label("Search the prompts")
    box.press_sequentially("mis", delay=20)
    expect(tab.locator(".card")).to_have_count(2)
    expect(tab).to_have_url(re.compile(r"gallery/\?q=mis$"))
    expect(box).to_be_focused()
    box.fill("clear by:contrib")
    tab.wait_for_timeout(600)
    expect(tab.locator(".card")).to_have_count(2)
    box.press("Enter")
    expect(tab.locator(".card")).to_have_count(1)
    expect(box).to_have_value("clear")
    expect(tab.locator("#facet-by")).to_contain_text("The contributor")
    expect(tab).to_have_url(re.compile(rf"q=clear&by={cast.contributor.pk}$"))
    tab.get_by_role("link", name="Clear", exact=True).click()
    expect(tab.locator(".card")).to_have_count(3)
    expect(box).to_have_value("")
    tab.go_back()
    expect(tab.locator(".card")).to_have_count(1)
    expect(tab.get_by_label("Search the prompts")).to_have_value("clear")


def test_filters_hang_below_their_buttons(tab: Page, cast: Cast) -> None:
    fill(cast, 8)
    make_image(cast.project, cast.manager)
    open_gallery(tab)
    tab.locator("#facet-shape").click()
    panel = tab.locator("#gallery-panel")
    expect(panel.get_by_text("Portrait")).to_be_visible()
    expect(panel.get_by_text("From")).to_be_hidden()
    assert_accessible(tab)
    panel.get_by_text("Portrait").click()
    expect(panel.get_by_role("button", name="Show")).to_have_text("Show 2 images")
    tab.locator("#facet-by").click()
    expect(panel.get_by_text("The manager")).to_be_visible()
    expect(panel.get_by_text("Portrait")).to_be_hidden()
    box, button = panel.bounding_box(), tab.locator("#facet-by").bounding_box()
    assert box
    assert button
    assert abs(box["x"] - button["x"]) < 4
    assert box["y"] >= button["y"] + button["height"]
    panel.get_by_text("The manager").click()
    expect(panel.get_by_role("button", name="Show")).to_have_text("Show 0 images")
    panel.get_by_role("button", name="Clear").click()
    expect(panel.get_by_role("button", name="Show")).to_have_text("Show 2 images")
    panel.get_by_role("button", name="Show").click()
    expect(panel).to_be_hidden()
    expect(tab.locator(".card")).to_have_count(2)
    expect(tab.locator("#gallery-count")).to_have_text("2 of 9")
    expect(tab.locator("#facet-shape")).to_contain_text("Portrait")
    expect(tab.locator("#facet-by")).to_be_focused()
    # The panel is a new one by now, and says how many images of each model are left.
    tab.locator("#facet-model").click()
    expect(panel.locator(".opts .num")).to_have_text(["2"])
    tab.keyboard.press("Escape")
    tab.locator("#facet-starred").click()
    expect(tab.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert_accessible(tab)


def test_on_a_phone_all_filters_are_one_sheet(new_context: NewContext, server: WebServer, cast: Cast) -> None:
    fill(cast, 8)
    context = new_context(base_url=server.url, viewport=PHONE, has_touch=True, is_mobile=True)
    sign_in(context, cast.contributor, server.url)
    tab = context.new_page()
    open_gallery(tab)
    expect(tab.locator(".pick").first).to_have_css("opacity", "1")
    tab.get_by_role("button", name="Filters").tap()
    panel = tab.locator("#gallery-panel")
    box = panel.bounding_box()
    assert box
    assert box["x"] == 0
    assert box["width"] == PHONE["width"]
    assert abs(box["y"] + box["height"] - PHONE["height"]) < 2
    for name in ("Model", "Creator", "Shape", "Date"):
        expect(panel.get_by_text(name, exact=True)).to_be_visible()
    assert_accessible(tab)
    panel.get_by_text("Square").tap()
    panel.get_by_role("button", name="Show 2 images").tap()
    expect(tab.locator(".card")).to_have_count(2)
    expect(tab.get_by_role("button", name="Filters")).to_contain_text("1")
    tab.locator(".pick").first.tap()
    expect(tab.locator(".selbar")).to_be_visible()
    assert_fits(tab)
    assert_accessible(tab)


def test_without_script_it_is_a_plain_form(new_context: NewContext, server: WebServer, cast: Cast) -> None:
    fill(cast, 4)
    fill(cast, 1, prompt="Clear sky")
    context = new_context(base_url=server.url, java_script_enabled=False)
    sign_in(context, cast.manager, server.url)
    tab = context.new_page()
    tab.goto("/p/spring/gallery/")
    tab.get_by_label("Search the prompts").fill("misty")
    tab.get_by_label("Search the prompts").press("Enter")
    expect(tab.locator(".card")).to_have_count(4)
    tab.locator("#facet-shape").click()
    tab.locator("#gallery-panel").get_by_text("Portrait").click()
    tab.locator("#gallery-panel").get_by_role("button", name="Show").click()
    expect(tab.locator(".card")).to_have_count(1)
    tab.locator(".card").hover()
    tab.locator(".pick").check()
    tab.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.locator("toast-region")).to_contain_text("1 image moved to the trash.")
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator("toast-region")).to_contain_text("1 image restored.")
    expect(tab.locator(".card")).to_have_count(5)


def test_the_trash_by_mouse(tab: Page, cast: Cast) -> None:
    images = fill(cast, 4)
    trash_images(project=cast.project, image_ids=[image.pk for image in images], by=cast.manager)
    open_gallery(tab)
    tab.get_by_role("link", name="Trash").click()
    expect(tab.locator(".card")).to_have_count(4)
    tab.get_by_role("button", name="Restore Misty ridges").first.click()
    expect(tab.locator(".card")).to_have_count(3)
    expect(tab.locator("#trash-sums")).to_contain_text("3 images")
    tab.locator(".card").first.hover()
    tab.locator(".pick").first.check()
    tab.get_by_role("button", name="Delete for good").click()
    dialog = tab.locator("[data-confirm-dialog]")
    expect(dialog).to_contain_text("This can’t be undone.")
    assert_accessible(tab)
    dialog.get_by_role("button", name="Delete for good").click()
    expect(tab.locator(".card")).to_have_count(2)
    assert Image.objects.count() == 3
    tab.get_by_role("button", name="Restore all").click()
    expect(tab.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert_accessible(tab)


def test_a_star_is_set_in_the_tile(tab: Page, cast: Cast) -> None:
    images = fill(cast, 2)
    open_gallery(tab)
    tab.locator(".card").first.hover()
    tab.locator(".star button").first.click()
    expect(tab.locator(".star button").first).to_have_attribute("aria-pressed", "true")
    assert Favourite.objects.get().image == images[1]


def test_the_height_of_the_rows_is_remembered(tab: Page, cast: Cast) -> None:
    fill(cast, 12)
    open_gallery(tab)
    expect(tab.locator("row-height")).to_have_js_property("constructor.name", "RowHeight")
    before = tab.locator(".card").first.bounding_box()
    assert before
    tab.get_by_label("Row height").press("Home")
    lower = "most => document.querySelector('.card').getBoundingClientRect().height < most"
    tab.wait_for_function(lower, arg=before["height"] * 0.8)
    after = tab.locator(".card").first.bounding_box()
    assert after
    tab.reload()
    tab.wait_for_function(lower, arg=before["height"] * 0.8)
    again = tab.locator(".card").first.bounding_box()
    assert again
    assert abs(again["height"] - after["height"]) < 1


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_accessible_and_fits(
    tab: Page, cast: Cast, scheme: str, viewport: dict[str, int] | None
) -> None:
    cast.contributor.name = "Anunreasonablylongname Withoutasinglespaceinit"
    cast.contributor.save()
    images = fill(cast, 8)
    trash_images(project=cast.project, image_ids=[images[0].pk, images[1].pk], by=cast.manager)
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    if viewport:
        tab.set_viewport_size(viewport)  # type: ignore[arg-type]
    narrowed = (
        f"?q=misty&by={cast.contributor.pk}&shape=portrait&shape=landscape&shape=square&from=2020-01-01"
    )
    open_gallery(tab, narrowed)
    tab.locator(".pick").first.check()
    assert_accessible(tab)
    assert_fits(tab)
    for address in ("?q=nothing", "?q=by:nobody"):
        open_gallery(tab, address)
        assert_accessible(tab)
        assert_fits(tab)
    tab.goto("/p/spring/trash/")
    tab.locator(".pick").first.check()
    assert_accessible(tab)
    assert_fits(tab)
    take_screenshot(tab, f"trash-{scheme}-{'phone' if viewport else 'desktop'}")
