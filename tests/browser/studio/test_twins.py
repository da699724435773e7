"""A model that makes and its twin that edits are one form: the first reference turns it, the last one turns it back."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from studio.generation.models import Generation
from tests.browser.checks import PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.studio.conftest import Open, picture_file, work
from tests.cast import Cast
from tests.pictures import make_image

pytestmark = pytest.mark.processes

HUB = "/p/spring/?model=mountsea:nano-banana-2"


def references(page: Page) -> Locator:
    return page.get_by_role("group", name="Reference images")


def prompt(page: Page) -> Locator:
    return page.get_by_label("Prompt", exact=True)


def shown_model(page: Page) -> str:
    """Return the row of the model whose fields are shown."""
    value: str = page.evaluate("document.querySelector('[name=was]').value")
    return value


def test_the_first_reference_turns_the_form_and_the_twin_is_called(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB)
    maker = shown_model(page)
    prompt(page).fill("The same at night")
    page.get_by_role("radio", name="4:5").check(force=True)
    page.get_by_text("Advanced").click()
    page.get_by_label("System prompt").fill("Be kind")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    note = "With references, this model doesn’t take over: System prompt. What is left out is kept, and comes back when"
    expect(page.get_by_text(note)).to_be_visible()
    assert shown_model(page) != maker
    expect(references(page)).to_contain_text("1 of 14")
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(page.get_by_role("button", name="Model: Nano Banana 2 at Mountsea Hub")).to_be_visible()
    expect(prompt(page)).to_have_value("The same at night")
    expect(page.get_by_role("radio", name="4:5")).to_be_checked()
    assert_accessible(page)
    take_screenshot(page, "twin-with-reference")
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".card.queued")).to_have_count(1)
    work()
    generation = Generation.objects.get()
    assert (generation.model.slug, generation.status) == ("nano-banana-2-edit", "succeeded")
    image = generation.images.get()
    assert image.model.slug == "nano-banana-2"
    expect(page.locator(".batch .meta")).to_contain_text("Nano Banana 2")
    expect(page.locator(".batch .meta")).to_contain_text("1 reference")
    expect(page.locator(".batch .meta")).not_to_contain_text("Edit")


def test_all_that_was_picked_at_once_is_there_when_the_form_has_turned(cast: Cast, open_page: Open) -> None:
    for _ in range(3):
        make_image(cast.project, cast.contributor)
    page = open_page(cast.contributor, HUB)
    references(page).get_by_role("link", name="From gallery").click()
    dialog = page.get_by_role("dialog", name="From gallery")
    for place in (2, 0, 1):
        dialog.get_by_role("checkbox").nth(place).check(force=True)
    dialog.get_by_role("button", name="Add 3 images").click()
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(references(page)).to_contain_text("3 of 14")


@pytest.mark.parametrize("is_slow", ["the form", "the picking"])
def test_what_is_picked_while_an_upload_turns_the_form_is_there_afterwards(
    cast: Cast, open_page: Open, tmp_path: Path, is_slow: str
) -> None:
    make_image(cast.project, cast.contributor)
    page = open_page(cast.contributor, HUB)
    uploads, picks, forms = hold(page, "**/uploads"), hold(page, "**/references/use"), hold(page, "**/form")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    references(page).get_by_role("link", name="From gallery").click()
    dialog = page.get_by_role("dialog", name="From gallery")
    dialog.get_by_role("checkbox").check(force=True)
    let_go(page, uploads)
    wait_for(page, forms)
    dialog.get_by_role("button", name="Add image").click()
    wait_for(page, picks)
    if is_slow == "the form":
        let_go(page, picks)
        expect(references(page)).to_contain_text("2 of")
        let_go(page, forms)
    else:
        let_go(page, forms)
        expect(page.get_by_label("System prompt")).to_have_count(0)
        let_go(page, picks)
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(references(page)).to_contain_text("2 of 14")
    expect(page.locator("upload-field .check:checked")).to_have_count(2)
    page.unroute_all(behavior="ignoreErrors")


def hold(page: Page, address: str) -> list[Route]:
    """Keep the first request to an address from the server; return where it is kept."""
    held: list[Route] = []
    came: list[Route] = []

    def keep(route: Route) -> None:
        came.append(route)
        if len(came) > 1:
            route.continue_()
        else:
            held.append(route)

    page.route(address, keep)
    return held


def wait_for(page: Page, held: list[Route]) -> None:
    for _ in range(200):
        if held:
            return
        page.wait_for_timeout(50)
    raise AssertionError("no request came")


def let_go(page: Page, held: list[Route]) -> None:
    wait_for(page, held)
    held.pop().continue_()


def test_without_the_last_reference_the_form_is_the_makers_again(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB)
    maker = shown_model(page)
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.get_by_label("System prompt")).to_have_count(0)
    prompt(page).fill("Typed meanwhile")
    references(page).get_by_role("button", name="Remove").first.click()
    expect(page.get_by_label("System prompt")).to_have_count(1)
    assert shown_model(page) == maker
    expect(prompt(page)).to_have_value("Typed meanwhile")
    expect(references(page)).to_contain_text("0 of 14")


def test_what_the_twin_doesnt_know_comes_back_with_the_maker(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB)
    page.get_by_text("Advanced").click()
    page.get_by_label("System prompt").fill("Be kind\nand brief")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.get_by_text("comes back when the references are removed.")).to_be_visible()
    references(page).get_by_role("button", name="Remove").first.click()
    expect(page.get_by_text("Back again: System prompt.")).to_be_visible()
    expect(page.get_by_label("System prompt")).to_have_value("Be kind\nand brief")
    prompt(page).fill("A fjord")
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".card.queued")).to_have_count(1)
    generation = Generation.objects.get()
    assert generation.model.slug == "nano-banana-2"
    assert generation.batch.input["system_prompt"] == "Be kind\nand brief"
    expect(page.get_by_text("Back again")).to_have_count(0)
    expect(page.get_by_label("System prompt")).to_have_value("Be kind\nand brief")


def test_a_form_that_has_just_turned_turns_back(cast: Cast, open_page: Open, tmp_path: Path) -> None:
    page = open_page(cast.contributor, HUB)
    maker = shown_model(page)
    # Quicker than any hand: removed as soon as the new form stands there.
    page.evaluate("""document.addEventListener("htmx:afterSwap", () => {
        const image = document.querySelector("upload-field [data-thumb] .check:checked");
        if (!image || "removed" in document.body.dataset) return;
        image.checked = false;
        image.dispatchEvent(new Event("change", { bubbles: true }));
        document.body.dataset.removed = "";
    })""")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.locator("body[data-removed]")).to_have_count(1)
    expect(page.get_by_label("System prompt")).to_have_count(1)
    assert shown_model(page) == maker


def test_what_is_typed_while_the_form_turns_stays(cast: Cast, open_page: Open, tmp_path: Path) -> None:
    page = open_page(cast.contributor, HUB)
    page.route("**/form", lambda route: (page.wait_for_timeout(600), route.continue_()))
    prompt(page).fill("A fjord")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(references(page)).to_contain_text("1 of 14")
    prompt(page).press_sequentially(" in the rain")
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(prompt(page)).to_have_value("A fjord in the rain")
    page.unroute_all(behavior="ignoreErrors")


def test_what_is_typed_as_soon_as_the_form_has_turned_stays(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A fjord")
    # Quicker than any hand: before htmx has settled what it swapped.
    page.evaluate("""document.addEventListener("htmx:afterSwap", ({ target }) => {
        if (target.id !== "input-fields") return;
        const field = document.querySelector("#composer-form textarea");
        field.value += " in the rain";
        field.dispatchEvent(new Event("input", { bubbles: true }));
    })""")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.get_by_label("System prompt")).to_have_count(0)
    page.wait_for_timeout(200)
    expect(prompt(page)).to_have_value("A fjord in the rain")


def test_on_a_phone(cast: Cast, open_page: Open, tmp_path: Path) -> None:
    page = open_page(cast.contributor, HUB, viewport=PHONE, color_scheme="dark")
    page.get_by_role("button", name="Open the composer").click()
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(references(page)).to_be_in_viewport()
    page.get_by_role("button", name="Change model").click()
    page.get_by_label("Search models").fill("z-image")
    page.get_by_role("button", name="Z-Image").click()
    expect(
        page.get_by_text("What is left out is kept, and comes back with a model that takes it.")
    ).to_be_in_viewport()
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text="Nano Banana 2Mountsea Hub").click()
    expect(references(page)).to_contain_text("1 of 14")
    expect(page.get_by_label("System prompt")).to_have_count(0)
    assert_accessible(page)
    assert_fits(page)
    take_screenshot(page, "twin-phone")


def test_a_press_on_the_other_models_fields_says_that_nothing_was_sent(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB, viewport={"width": 1280, "height": 560})
    prompt(page).fill("The same at night")
    page.get_by_text("Advanced").click()
    page.get_by_label("System prompt").fill("Be kind")
    # The network is away in the moment in which the form should turn.
    page.route("**/form", lambda route: route.abort())
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(references(page)).to_contain_text("1 of 14")
    expect(page.get_by_text("The server can’t be reached.")).to_be_visible()
    page.get_by_label("System prompt").scroll_into_view_if_needed()
    page.get_by_role("button", name="Generate image").click()
    note = page.get_by_role("alert").filter(has_text="Nothing was sent yet")
    expect(note).to_be_in_viewport()
    take_screenshot(page, "twin-nothing-sent")
    assert_accessible(page)
    expect(page.locator(".batch")).to_have_count(0)
    expect(page.get_by_label("System prompt")).to_have_count(0)
    expect(prompt(page)).to_have_value("The same at night")
    expect(references(page)).to_contain_text("1 of 14")
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".card.queued")).to_have_count(1)
    expect(note).to_have_count(0)
    assert Generation.objects.get().model.slug == "nano-banana-2-edit"


def test_a_model_that_is_chosen_while_the_form_turns_is_not_forgotten(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, HUB)
    held: list[Route] = []
    page.route("**/form*", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/form*"):
        page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    page.get_by_role("button", name="Change model").click()
    page.get_by_label("Search models").fill("z-image")
    page.get_by_role("button", name="Z-Image").click()
    page.wait_for_timeout(300)
    held[0].continue_()
    expect(page.get_by_role("button", name="Model: Z-Image")).to_be_visible()
    expect(page.get_by_text("comes back with a model that takes it.")).to_be_visible()


def test_images_that_wait_outlive_a_press(cast: Cast, open_page: Open, tmp_path: Path) -> None:
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A fjord")
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    expect(page.get_by_label("System prompt")).to_have_count(0)
    page.get_by_role("button", name="Change model").click()
    page.get_by_label("Search models").fill("z-image")
    page.get_by_role("button", name="Z-Image").click()
    expect(page.get_by_text("comes back with a model that takes it.")).to_be_visible()
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".card.queued")).to_have_count(1)
    expect(page.get_by_text("comes back with a model that takes it.")).to_have_count(0)
    take_screenshot(page, "twin-waiting-after-press")
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text="Nano Banana 2Mountsea Hub").click()
    expect(references(page)).to_contain_text("1 of 14")
