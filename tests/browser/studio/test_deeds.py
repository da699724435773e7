"""What is done to images in the feed: stars, deleting and undoing, and using a batch again."""

import re

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from studio.generation.models import Generation, Image
from tests.browser.checks import PHONE, assert_accessible, assert_fits
from tests.browser.studio.conftest import Open
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, store_image

pytestmark = pytest.mark.processes

STUDIO = "/p/spring/"
NB2 = f"{STUDIO}?model=modelstream:NB2"


@pytest.fixture
def generation(cast: Cast) -> Generation:
    batch = make_batch(
        cast.project, cast.contributor, prompt="A quiet fjord", aspect_ratio="16:9", resolution="4K"
    )
    made = make_generation(batch, images_asked=2)
    for colour in ("teal", "salmon"):
        store_image(made, encode(160, 90, colour=colour))
    return made


def star(page: Page, image: Image) -> Locator:
    return page.locator(f"#star-{image.pk}")


def is_live(page: Page) -> None:
    expect(page.locator("live-feed")).to_have_attribute("data-state", "live", timeout=20_000)


def from_menu(page: Page, choice: str) -> None:
    page.get_by_role("button", name="More about this batch").click()
    page.get_by_role("link", name=choice).click()


def test_a_star_is_seen_in_ones_other_page_and_nobody_elses(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    image = generation.images.order_by("position")[0]
    mine, also_mine, other = (
        open_page(person, STUDIO) for person in (cast.viewer, cast.viewer, cast.contributor)
    )
    is_live(also_mine)
    mine.locator(f"#image-{image.pk}").hover()
    star(mine, image).click()
    expect(star(mine, image)).to_have_attribute("aria-pressed", "true")
    expect(star(also_mine, image)).to_have_attribute("aria-pressed", "true")
    expect(star(other, image)).to_have_attribute("aria-pressed", "false")
    star(mine, image).focus()
    mine.keyboard.press("Space")
    expect(star(mine, image)).to_have_attribute("aria-pressed", "false")
    expect(star(mine, image)).to_be_focused()


def test_delete_and_undo_by_keyboard_reach_every_page(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    image = generation.images.order_by("position")[0]
    page, watcher = open_page(cast.contributor, STUDIO), open_page(cast.viewer, STUDIO)
    is_live(watcher)
    page.get_by_role("button", name="Delete variation 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#image-{image.pk}")).to_have_count(0)
    expect(page.locator("body")).not_to_be_focused()
    expect(watcher.locator(f"#image-{image.pk}")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#image-{image.pk}")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(page.locator(f"#image-{image.pk}")).to_be_focused()
    expect(watcher.locator(f"#image-{image.pk}")).to_be_visible()


def test_cards_that_were_asked_for_before_a_deed_do_not_undo_it(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    image = generation.images.order_by("position")[0]
    page = open_page(cast.contributor, STUDIO)
    is_live(page)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/cards?*", lambda route: held.append((route, route.fetch())), times=1)
    with page.expect_request("**/cards?*"):
        page.get_by_role("button", name="Delete variation 1").click(force=True)
    expect(page.locator(f"#image-{image.pk}")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#image-{image.pk}")).to_be_focused()
    for _ in range(200):
        if held:
            break
        page.wait_for_timeout(50)
    with page.expect_response("**/cards?*"):
        ((late, before_the_undo),) = held
        late.fulfill(response=before_the_undo)
    with page.expect_response("**/cards?*"):
        pass
    expect(page.locator(f"#image-{image.pk}")).to_be_focused()


def test_the_prompt_only(cast: Cast, open_page: Open, generation: Generation) -> None:
    page = open_page(cast.contributor, NB2)
    page.get_by_role("radio", name="2K", exact=True).check(force=True)
    from_menu(page, "Prompt only")
    prompt = page.get_by_label("Prompt", exact=True)
    expect(prompt).to_have_value("A quiet fjord")
    expect(prompt).to_be_focused()
    expect(page.get_by_role("radio", name="2K", exact=True)).to_be_checked()
    expect(page.locator("#composer-form")).to_contain_text("ModelStream")


def test_the_settings_only(cast: Cast, open_page: Open, generation: Generation) -> None:
    page = open_page(cast.contributor, NB2)
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("A city at night")
    from_menu(page, "Settings only")
    expect(page.get_by_role("radio", name="4K", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="16:9", exact=True)).to_be_checked()
    expect(prompt).to_have_value("A city at night")


def test_on_a_phone_the_menu_fits_and_the_card_is_not_crowded(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    page = open_page(cast.contributor, STUDIO, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(".card .over").first).to_be_hidden()
    expect(page.get_by_role("button", name="Star variation 1")).to_be_hidden()
    page.get_by_role("button", name="More about this batch").click()
    expect(page.get_by_role("link", name="Settings only")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("link", name="Prompt only").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A quiet fjord")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hovered_cards_are_accessible(
    cast: Cast, open_page: Open, generation: Generation, scheme: str
) -> None:
    page = open_page(cast.contributor, STUDIO, color_scheme=scheme)
    card = page.locator(".card").first
    card.hover()
    expect(card.get_by_role("button", name=re.compile("Delete"))).to_be_visible()
    assert_accessible(page)


def test_edit_in_the_feed_makes_the_image_a_reference(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    page = open_page(cast.contributor, STUDIO)
    page.get_by_label("Prompt", exact=True).fill("Typed already")
    page.get_by_role("button", name="Edit variation 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#composer-form [data-thumb] img")).to_have_count(1)
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Typed already")


def test_edit_area_begins_with_the_brush(cast: Cast, open_page: Open) -> None:
    batch = make_batch(cast.project, cast.contributor, model=("mountsea", "gpt-image-2"))
    image = store_image(make_generation(batch), encode(160, 90))
    page = open_page(cast.contributor, f"/p/spring/images/{image.pk}/")
    page.get_by_role("button", name="Edit area").click()
    page.wait_for_url("**/p/spring/?*#in-mask_url")
    dialog = page.get_by_role("dialog", name="Edit area")
    expect(dialog.get_by_role("application")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("#composer-form [data-thumb] img")).to_have_count(1)
    expect(page.locator("upload-field[data-role=mask]")).to_be_in_viewport()


def test_the_feed_is_narrowed_down_and_what_is_typed_stays(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    theirs = store_image(make_generation(make_batch(cast.project, cast.manager)), encode(160, 90))
    page, other = open_page(cast.contributor, STUDIO), open_page(cast.contributor, STUDIO)
    page.get_by_label("Prompt", exact=True).fill("A city at night")
    starred = page.get_by_role("navigation", name="Show").get_by_role("link", name="Starred")
    starred.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing starred yet")).to_be_visible()
    expect(starred).to_be_focused()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A city at night")
    assert page.url.endswith("?show=starred")
    assert_accessible(page)
    is_live(page)
    other.locator(f"#image-{theirs.pk}").hover()
    star(other, theirs).click()
    expect(page.locator(".batch")).to_have_count(1)
    expect(page.get_by_text("Nothing starred yet")).to_have_count(0)
    expect(star(page, theirs)).to_have_attribute("aria-pressed", "true")


def test_without_script_each_button_of_an_image_does_its_own(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    image = generation.images.order_by("position")[0]
    page = open_page(cast.contributor, STUDIO, java_script_enabled=False)
    page.get_by_role("button", name="Star variation 1").click()
    expect(star(page, image)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Star variation 1").click()
    expect(star(page, image)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Delete variation 1").click()
    expect(page.locator("#main")).to_contain_text("1 of 2")
    expect(page.locator(f"#image-{image.pk}")).to_have_count(0)
    page.get_by_role("button", name="Edit variation 2").click()
    page.wait_for_url("**/p/spring/?*references=*")
    expect(page.locator("#composer-form [data-thumb] img")).to_have_count(1)


def test_on_the_page_of_a_generation_they_lead_to_the_studio(
    cast: Cast, open_page: Open, generation: Generation
) -> None:
    address = f"/p/spring/generations/{generation.pk}/"
    page = open_page(cast.contributor, address)
    page.get_by_role("link", name="Reuse the settings of variation 1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/p/spring/?reuse={generation.pk}")
    page.goto(address)
    page.get_by_role("button", name="Edit variation 1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/spring/?*references=*")
