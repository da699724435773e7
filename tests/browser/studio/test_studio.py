"""The studio page in a real browser: keys, focus, the sheet on phones, and a card that fills by itself."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from studio.generation.models import Generation, Status
from studio.kit.clock import now
from tests.browser.checks import DESKTOP, NARROWEST, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.studio.conftest import Open, picture_file, work
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, store_image

pytestmark = pytest.mark.processes

STUDIO = "/p/spring/"
HUB = f"{STUDIO}?model=mountsea:nano-banana-2"
NB2 = f"{STUDIO}?model=modelstream:NB2"


def prompt(page: Page) -> Locator:
    return page.get_by_label("Prompt", exact=True)


def in_every_state(cast: Cast) -> list[Generation]:
    """Make one generation in each state that a card knows."""
    ended = {"finished_at": now(), "next_action_at": None}
    states: list[tuple[Status, dict[str, object]]] = [
        (Status.QUEUED, {}),
        (Status.RUNNING, {"task_id": "hub-1", "submitted_at": now()}),
        (Status.RUNNING, {"task_id": "hub-1", "submitted_at": now(), "cancel_requested_at": now()}),
        (Status.SUCCEEDED, {}),
        (Status.FAILED, {**ended, "problem": "Mountsea Hub gave up. Try again.", "problem_code": "internal"}),
        (Status.FAILED, {**ended, "problem": "No.", "problem_code": "content_policy_violation"}),
        (Status.CANCELLED, ended),
        (Status.UNKNOWN, {"next_action_at": None, "task_id": "hub-1", "problem": "The connection broke."}),
    ]
    made = []
    for status, fields in states:
        batch = make_batch(cast.project, cast.contributor, aspect_ratio="16:9")
        made.append(make_generation(batch, status=status, **fields))
        if status == Status.SUCCEEDED:
            store_image(made[-1])
    return made


def test_a_pressed_card_fills_by_itself(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, HUB)
    watcher = open_page(cast.viewer, STUDIO)
    prompt(page).fill("A quiet fjord")
    page.get_by_label("Images", exact=True).fill("2")
    expect(page.get_by_role("button", name="Generate 2 images")).to_be_visible()
    page.keyboard.press("/")  # typed into the number, so it goes nowhere else
    prompt(page).press("Control+Enter")
    expect(page.locator(".card.queued")).to_have_count(2)
    expect(page.locator(".first")).to_be_hidden()
    expect(watcher.locator(".card.queued")).to_have_count(2)
    work()
    for each in (page, watcher):
        expect(each.locator(".gen img")).to_have_count(2)
        expect(each.locator(".gen img").first).to_have_js_property("complete", True)
        expect(each.locator("#feed-status")).to_have_text("2 images have arrived.")
    expect(prompt(page)).to_be_focused()
    expect(prompt(page)).to_have_value("A quiet fjord")
    expect(page.locator("#usage")).to_contain_text("2 images this month")
    expect(page.locator("[data-running]")).to_be_hidden()


def test_two_quick_presses_are_one_batch_and_two_slow_ones_are_two(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A quiet fjord")
    page.get_by_role("button", name="Generate image").dblclick()
    expect(page.locator(".batch")).to_have_count(1)
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".batch")).to_have_count(2)
    assert Generation.objects.count() == 2


def test_a_mistake_keeps_what_was_typed_and_takes_the_focus(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, HUB)
    page.get_by_text("Advanced").click()
    page.get_by_role("textbox", name="Seed").fill("77")
    page.get_by_role("button", name="Generate image").click()
    expect(page.get_by_text("Write a prompt.")).to_be_visible()
    expect(prompt(page)).to_be_focused()
    expect(page.get_by_role("textbox", name="Seed")).to_have_value("77")
    expect(page.get_by_role("textbox", name="Seed")).to_be_visible()
    assert_accessible(page)
    prompt(page).fill("A fjord")
    prompt(page).press("Control+Enter")
    expect(page.locator(".batch")).to_have_count(1)
    expect(page.get_by_text("Write a prompt.")).to_have_count(0)


def test_a_wrong_size_takes_the_focus_and_is_told_once(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, f"{STUDIO}?model=mountsea:gpt-image-2")
    prompt(page).fill("A fjord")
    size = page.get_by_role("group", name="Image size")
    width, height = size.get_by_label("Width"), size.get_by_label("Height")
    size.get_by_role("combobox").select_option("Custom size")
    width.fill("1000")
    height.fill("333")
    page.get_by_role("button", name="Generate image").click()
    expect(width).to_have_attribute("aria-invalid", "true")
    expect(width).to_be_focused()
    expect(size.get_by_text("Width and height must be multiples of 16.")).to_have_count(1)
    assert_accessible(page)
    size.get_by_role("button", name="Use 1120 × 592").click()
    expect(size.get_by_text("Width and height must be multiples of 16.")).to_have_count(0)
    expect(width).not_to_have_attribute("aria-invalid", "true")
    height.fill("")
    prompt(page).press("Control+Enter")
    expect(width).to_be_focused()
    expect(size.locator(".err")).to_have_count(1)
    height.fill("592")
    expect(size.locator(".err")).to_have_count(0)
    prompt(page).press("Control+Enter")
    expect(page.locator(".batch")).to_have_count(1)


def test_a_wrong_size_takes_the_focus_though_another_answer_comes_in_meanwhile(
    cast: Cast, open_page: Open
) -> None:
    page = open_page(cast.contributor, f"{STUDIO}?model=mountsea:gpt-image-2")
    prompt(page).fill("A fjord")
    size = page.get_by_role("group", name="Image size")
    size.get_by_role("combobox").select_option("Custom size")
    size.get_by_label("Width").fill("1000")
    # The second is asked for as soon as the first stands there, which takes a while to settle.
    page.evaluate("""() => {
        htmx.config.defaultSettleDelay = 1500;
        document.addEventListener("htmx:afterSwap", () => {
            htmx.ajax("GET", location.href, { target: "#skip-target", swap: "innerHTML", select: "title" });
        }, { once: true });
        document.body.insertAdjacentHTML("beforeend", "<p id='skip-target'></p>");
    }""")
    page.get_by_role("button", name="Generate image").click()
    expect(size.get_by_label("Width")).to_be_focused()


def test_enter_in_a_line_of_the_form_opens_and_sends_nothing(cast: Cast, open_page: Open) -> None:
    image = make_image(cast.project, cast.contributor)
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A fjord")
    models = page.get_by_role("dialog", name="Choose a model")
    page.get_by_label("Images", exact=True).press("Enter")
    page.get_by_role("link", name="From gallery").click()
    pick = page.get_by_role("dialog", name="From gallery").locator(f"input[value='{image.pk}']")
    pick.press("Space")
    pick.press("Enter")
    expect(pick).to_be_checked()
    expect(models).to_be_hidden()
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_what_was_pressed_for_is_seen_from_far_down(
    cast: Cast, open_page: Open, viewport: dict[str, int]
) -> None:
    in_every_state(cast)
    page = open_page(cast.contributor, HUB, viewport=viewport)
    page.locator(".batch").last.scroll_into_view_if_needed()
    expect(page.locator(".batch").first).not_to_be_in_viewport()
    if viewport == PHONE:
        page.get_by_role("button", name="Open the composer").click()
    prompt(page).fill("A quiet fjord")
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".batch", has_text="A quiet fjord").get_by_text("Queued")).to_be_in_viewport()
    head = page.locator(".batch-head").first.bounding_box()
    bar = page.locator(".feed-bar").bounding_box()
    assert head
    assert bar
    assert head["y"] >= bar["y"] + bar["height"] - 1


def test_an_example_goes_into_the_form_and_nowhere_else(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, STUDIO)
    page.get_by_role("link", name=re.compile("Try it")).first.click()
    expect(prompt(page)).to_have_value(re.compile("editorial portrait"))
    expect(prompt(page)).to_be_focused()
    assert not Generation.objects.exists()


def test_another_model_keeps_the_prompt_and_counts_anew(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A fjord")
    page.get_by_label("Images", exact=True).fill("3")
    page.get_by_role("button", name=re.compile("Change model")).click()
    page.locator(".model-row", has_text="Nano Banana 2ModelStream").click()
    expect(page.get_by_role("button", name="Model: Nano Banana 2 at ModelStream")).to_be_visible()
    expect(prompt(page)).to_have_value("A fjord")
    page.get_by_role("button", name="Generate 3 images").click()
    expect(page.locator(".card.queued")).to_have_count(3)


def test_a_reference_survives_a_mistake_and_stays_for_the_next_press(
    cast: Cast, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(cast.contributor, NB2)
    page.get_by_label("Add reference images").set_input_files(picture_file(tmp_path))
    page.get_by_role("button", name="Generate image").click()
    expect(page.get_by_text("Write a prompt.")).to_be_visible()
    expect(page.locator(".thumb img")).to_have_count(1)
    prompt(page).fill("Bluer")
    for count in (1, 2):
        page.get_by_role("button", name="Generate image").click()
        expect(page.locator(".batch")).to_have_count(count)
        expect(page.locator(".thumb img")).to_have_count(1)
    inputs = [generation.batch.input["images"] for generation in Generation.objects.order_by("id")]
    assert len(inputs[0]) == 1
    assert inputs[0] == inputs[1]


def test_slash_goes_to_the_prompt(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, STUDIO)
    page.keyboard.press("/")
    expect(prompt(page)).to_be_focused()
    expect(prompt(page)).to_have_value("")
    page.keyboard.type("a/b")
    expect(prompt(page)).to_have_value("a/b")


def test_cancelling_keeps_the_focus_in_the_card(cast: Cast, open_page: Open) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)
    page = open_page(cast.contributor, STUDIO)
    page.get_by_role("button", name="Cancel", exact=True).press("Enter")
    card = page.locator(f"#generation-{generation.pk}")
    expect(card).to_contain_text("Cancelled")
    expect(card.locator(":focus")).to_have_count(1)


def test_cancelling_what_is_paid_for_asks_first(cast: Cast, open_page: Open) -> None:
    running = {"status": Status.RUNNING, "task_id": "hub-1", "submitted_at": now()}
    generation = make_generation(make_batch(cast.project, cast.contributor), **running)
    page = open_page(cast.contributor, STUDIO)
    card = page.locator(f"#generation-{generation.pk}")
    card.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog", name="Cancel this generation?")
    dialog.get_by_role("button", name="Let it run").click()
    expect(dialog).to_be_hidden()
    card.get_by_role("button", name="Cancel", exact=True).click()
    dialog.get_by_role("button", name="Cancel it").click()
    expect(card).to_contain_text("Cancelling")
    generation.refresh_from_db()
    assert generation.cancel_requested_at


def test_sending_again_asks_first(cast: Cast, open_page: Open) -> None:
    generation = in_every_state(cast)[-1]
    page = open_page(cast.contributor, STUDIO)
    card = page.locator(f"#generation-{generation.pk}")
    card.get_by_role("button", name="Send again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("both are charged")
    dialog.get_by_role("button", name="Cancel").click()
    expect(card).to_contain_text("Outcome unknown")
    card.get_by_role("button", name="Send again").click()
    dialog.get_by_role("button", name="Send again").click()
    expect(card).to_contain_text("Queued")


def test_a_refused_deed_is_a_toast_and_the_card_stays(cast: Cast, open_page: Open) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)
    page = open_page(cast.contributor, STUDIO)
    ended = {"status": Status.SUCCEEDED, "finished_at": now(), "next_action_at": None}
    Generation.objects.filter(pk=generation.pk).update(**ended)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("toast-region")).to_contain_text("there is nothing to cancel")
    expect(page.locator(f"#generation-{generation.pk}")).to_contain_text("Queued")


def test_older_batches_come_as_one_scrolls(cast: Cast, open_page: Open) -> None:
    for _ in range(11):
        store_image(make_generation(make_batch(cast.project, cast.contributor)))
    page = open_page(cast.contributor, STUDIO)
    expect(page.locator(".batch")).to_have_count(6)
    page.locator(".load-more").scroll_into_view_if_needed()
    expect(page.locator(".batch")).to_have_count(11)


def test_on_a_desktop_the_feed_scrolls_and_the_page_stays(cast: Cast, open_page: Open) -> None:
    for _ in range(3):
        in_every_state(cast)
    page = open_page(cast.contributor, STUDIO)
    page.locator(".batch").first.hover()
    # Older batches come as one scrolls, until there are none.
    for _ in range(20):
        page.mouse.wheel(0, 50_000)
        page.wait_for_timeout(300)
        if not page.locator(".load-more").count():
            break
    page.mouse.wheel(0, 50_000)
    expect(page.locator(".batch").last).to_be_in_viewport()
    expect(page.locator(".topbar")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_sheet_on_a_phone(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, STUDIO, viewport=PHONE, has_touch=True)
    assert_fits(page)
    expect(prompt(page)).to_be_hidden()
    page.get_by_role("button", name="Open the composer").click()
    expect(prompt(page)).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(prompt(page)).to_be_hidden()
    page.get_by_role("link", name=re.compile("Try it")).first.click()
    expect(prompt(page)).to_be_visible()
    page.get_by_role("button", name="Generate image").click()
    expect(page.locator(".batch")).to_have_count(1)
    expect(prompt(page)).to_be_hidden()
    expect(page.locator("[data-composer-prompt]")).to_contain_text("editorial portrait")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_state_is_accessible_and_fits(cast: Cast, open_page: Open, scheme: str, size: str) -> None:
    generations = in_every_state(cast)
    options = {"viewport": PHONE} if size == "phone" else {}
    page = open_page(cast.contributor, STUDIO, color_scheme=scheme, **options)
    expect(page.locator("[data-running]")).to_be_visible()
    if size == "phone":
        page.set_viewport_size(NARROWEST)
        page.reload()
        assert_fits(page)
        page.set_viewport_size(PHONE)
    assert_fits(page)
    assert_accessible(page)
    take_screenshot(page, f"studio-states-{size}-{scheme}")
    for generation in (generations[3], generations[4], generations[7]):
        page.goto(f"/p/spring/generations/{generation.pk}/")
        assert_fits(page)
        assert_accessible(page)
        take_screenshot(page, f"generation-{generation.status}-{size}-{scheme}")


def test_the_page_of_a_generation_follows_it(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.contributor, HUB)
    prompt(page).fill("A quiet fjord")
    prompt(page).press("Control+Enter")
    page.get_by_role("link", name="Queued").click()
    expect(page.locator(".rec")).to_contain_text("Held")
    work()
    expect(page.locator(".stage img")).to_be_visible()
    expect(page.locator(".rec")).to_contain_text("Settled")


def test_a_place_in_line_is_kept_true(cast: Cast, open_page: Open) -> None:
    ahead, behind = (
        make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED) for _ in range(2)
    )
    page = open_page(cast.contributor, STUDIO)
    card = page.locator(f"#generation-{behind.pk}")
    expect(card).to_contain_text("2nd in line, 1 of yours ahead")
    # Nothing is announced for the card behind.
    Generation.objects.filter(pk=ahead.pk).update(status=Status.SUBMITTING)
    expect(card).to_contain_text("Next in line", timeout=20_000)
