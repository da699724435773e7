"""Images in a form, in a real browser: dropped, pasted, chosen, picked, put in order, and never lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from studio.generation.models import Batch, Upload
from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.studio.conftest import Open
from tests.cast import Cast
from tests.pictures import encode, make_image

STUDIO = "/p/spring/?model=modelstream:NB2"
PASTE = """(names) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([Uint8Array.from(PNG)], name, { type: "image/png" }));
  const target = document.activeElement;
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}""".replace("PNG", str(list(encode())))
DROP = """([selector, names]) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([Uint8Array.from(PNG)], name, { type: "image/png" }));
  for (const type of ["dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
  }
}""".replace("PNG", str(list(encode())))


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    files = []
    for colour in ("teal", "coral", "gold"):
        file = tmp_path / f"{colour}.png"
        file.write_bytes(encode(64, 48, colour=colour))
        files.append(file)
    return files


@pytest.fixture
def studio(open_page: Open, cast: Cast) -> Iterator[Page]:
    """A contributor's studio with ModelStream's model chosen."""
    page = open_page(cast.contributor, STUDIO)
    yield page
    page.unroute_all(behavior="ignoreErrors")


def references(page: Page) -> Locator:
    return page.get_by_role("group", name="Reference images")


def choose_model(page: Page, name: str) -> None:
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text=re.compile(rf"{name}\s*ModelStream")).click()
    expect(page.get_by_role("button", name=f"Model: {name} at ModelStream")).to_be_visible()


def names(page: Page) -> list[str]:
    """Return what is shown, in order."""
    alts = references(page).locator(".thumb img").evaluate_all("(images) => images.map((i) => i.alt)")
    return [alt.partition(": ")[2] for alt in alts]


def values(page: Page) -> list[str]:
    """Return what the form would send."""
    found: list[str] = page.evaluate(
        "new FormData(document.getElementById('composer-form')).getAll('in-images').filter((v) => typeof v === 'string')"
    )
    return found


def add(page: Page, files: list[Path]) -> None:
    before = references(page).locator(".thumb .check").count()
    page.get_by_label("Add reference images").set_input_files(files)
    expect(references(page).locator(".thumb .check")).to_have_count(before + len(files))


def test_files_are_sent_at_once_shown_counted_and_removed(studio: Page, pictures: list[Path]) -> None:
    add(studio, pictures)
    assert values(studio) == [f"upload:{pk}" for pk in _by_name(*names(studio))]
    expect(references(studio)).to_contain_text("3 of 14")
    take_screenshot(studio, "uploads")
    studio.get_by_role("button", name="Remove reference 2").click()
    expect(references(studio)).to_contain_text("2 of 14")
    expect(studio.get_by_role("button", name="Remove reference 2")).to_be_focused()
    assert len(values(studio)) == 2


def test_thumbs_show_the_small_picture(studio: Page, pictures: list[Path]) -> None:
    add(studio, pictures[:1])
    image = references(studio).locator(".thumb img")
    assert re.search(r"/thumb\.webp$", image.get_attribute("src") or "")
    expect(image).to_have_js_property("naturalWidth", 64)


def test_too_many_and_wrong_files_get_a_sentence(studio: Page, pictures: list[Path], tmp_path: Path) -> None:
    field, files = references(studio), studio.get_by_label("Add reference images")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "broken.png").write_bytes(encode()[:50])
    (tmp_path / "empty.png").write_bytes(b"")
    files.set_input_files(
        [tmp_path / "notes.txt", tmp_path / "empty.png", tmp_path / "broken.png", pictures[0]]
    )
    expect(field).to_contain_text("“notes.txt” is not a PNG, JPEG or WebP image and was left out.")
    expect(field).to_contain_text("“empty.png” is empty and was left out.")
    expect(field).to_contain_text("“broken.png” was left out. The image is damaged or incomplete.")
    expect(field).to_contain_text("1 of 14")
    files.set_input_files(pictures * 5)
    expect(field).to_contain_text("14 of 14")
    expect(field).to_contain_text("The model takes at most 14 images, so 2 were left out.")
    expect(field.get_by_text("Drop, paste or browse")).to_be_hidden()


def test_images_can_be_pasted_while_typing_and_dropped_anywhere(studio: Page) -> None:
    studio.get_by_label("Prompt", exact=True).focus()
    studio.evaluate(PASTE, ["pasted.png"])
    expect(references(studio).locator(".check")).to_have_count(1)
    studio.evaluate(DROP, [".feed", ["dropped.png", "second.png"]])
    expect(references(studio).locator(".check")).to_have_count(3)
    assert names(studio)[0] == "pasted.png"


def test_the_order_is_changed_by_dragging_and_by_the_keyboard(studio: Page, pictures: list[Path]) -> None:
    add(studio, pictures[:1])
    add(studio, pictures[1:2])
    add(studio, pictures[2:])
    thumbs = references(studio).locator(".thumb")
    thumbs.nth(2).drag_to(thumbs.nth(0))
    assert names(studio) == ["gold.png", "teal.png", "coral.png"]
    thumbs.nth(0).locator("a").focus()
    studio.keyboard.press("ArrowRight")
    assert names(studio) == ["teal.png", "gold.png", "coral.png"]
    expect(studio.locator("upload-field [data-said]").first).to_have_text("gold.png is now 2 of 3.")
    expect(thumbs.nth(1).locator("a")).to_be_focused()
    studio.keyboard.press("Delete")
    assert names(studio) == ["teal.png", "coral.png"]
    assert values(studio) == [f"upload:{pk}" for pk in _by_name("teal.png", "coral.png")]


def test_an_image_is_seen_in_full_and_moved_by_buttons(studio: Page, pictures: list[Path]) -> None:
    add(studio, pictures[:1])
    add(studio, pictures[1:2])
    references(studio).locator(".thumb a").first.click()
    dialog = studio.get_by_role("dialog", name="Reference images")
    expect(dialog.get_by_text("teal.png, 64 × 48")).to_be_visible()
    assert re.search("/file/$", dialog.get_by_role("img").get_attribute("src") or "")
    expect(dialog.get_by_role("button", name="Earlier")).to_be_disabled()
    assert_accessible(studio)
    take_screenshot(studio, "uploads-look")
    dialog.get_by_role("button", name="Later").click()
    assert names(studio) == ["coral.png", "teal.png"]
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog).to_be_hidden()
    assert names(studio) == ["coral.png"]


def test_images_of_the_gallery_are_picked(studio: Page, cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(3)]
    references(studio).get_by_role("link", name="From gallery").click()
    dialog = studio.get_by_role("dialog", name="From gallery")
    boxes = dialog.get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    assert_accessible(studio)
    take_screenshot(studio, "uploads-picker")
    boxes.nth(2).check(force=True)
    boxes.nth(0).check(force=True)
    dialog.get_by_role("button", name="Add 2 images").click()
    expect(dialog).to_be_hidden()
    expect(references(studio)).to_contain_text("2 of 14")
    sources = [Upload.objects.get(pk=value.removeprefix("upload:")).source for value in values(studio)]
    assert sources == [images[0], images[2]]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_an_image_to_edit_is_seen_in_the_form(open_page: Open, cast: Cast, viewport: dict[str, int]) -> None:
    page = open_page(
        cast.contributor,
        f"/p/spring/images/{make_image(cast.project, cast.contributor).pk}/",
        viewport=viewport,
    )
    page.get_by_role("button", name="Edit image").first.click()
    expect(references(page).get_by_role("img")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()


def test_older_images_come_once_and_what_goes_wrong_is_said(studio: Page, cast: Cast) -> None:
    for _ in range(30):
        make_image(cast.project, cast.contributor)
    references(studio).get_by_role("link", name="From gallery").click()
    dialog = studio.get_by_role("dialog", name="From gallery")
    boxes = dialog.get_by_role("checkbox")
    expect(boxes).to_have_count(24)
    asked: list[str] = []
    studio.on("request", lambda request: asked.append(request.url) if "before=" in request.url else None)
    dialog.get_by_role("button", name="Older images").evaluate(
        "(button) => { button.click(); button.click(); }"
    )
    expect(dialog.get_by_role("button", name="Older images")).to_be_hidden()
    expect(boxes).to_have_count(30)
    assert len(asked) == 1
    boxes.nth(29).check(force=True)
    studio.route("**/references/use", lambda route: route.abort())
    dialog.get_by_role("button", name="Add image").click()
    expect(
        dialog.get_by_text("The images can’t be added now. Try again, or reload the page.")
    ).to_be_visible()
    studio.unroute("**/references/use")
    dialog.get_by_role("button", name="Add image").click()
    expect(references(studio)).to_contain_text("1 of 14")


def test_a_change_of_model_and_back_keeps_prompt_shape_and_images(studio: Page, pictures: list[Path]) -> None:
    studio.get_by_label("Prompt", exact=True).fill("A lake at dawn")
    studio.get_by_role("radio", name="4:5").check(force=True)
    add(studio, pictures[:2])
    kept = values(studio)
    choose_model(studio, "Z-Image Turbo")
    expect(studio.get_by_text("This model doesn’t take over: Reference images")).to_be_visible()
    expect(studio.get_by_label("Prompt", exact=True)).to_have_value("A lake at dawn")
    choose_model(studio, "Nano Banana 2")
    expect(references(studio)).to_contain_text("2 of 14")
    assert values(studio) == kept


def test_what_is_on_its_way_goes_on_to_the_next_models_form(studio: Page, pictures: list[Path]) -> None:
    held: list[Route] = []
    studio.route("**/uploads", lambda route: held.append(route))
    studio.get_by_label("Add reference images").set_input_files(pictures[0])
    expect(references(studio).get_by_role("progressbar")).to_be_visible()
    choose_model(studio, "Nano Banana Pro")
    expect(references(studio).get_by_role("progressbar")).to_be_visible()
    held[0].continue_()
    expect(references(studio).locator(".check")).to_have_count(1)
    assert names(studio) == ["teal.png"]


def test_files_that_are_chosen_while_the_form_is_replaced_go_into_the_new_one(
    studio: Page, pictures: list[Path]
) -> None:
    with studio.expect_file_chooser() as asked:
        references(studio).get_by_text("browse").click()
    choose_model(studio, "Nano Banana Pro")
    asked.value.set_files(pictures[:2])
    expect(references(studio).locator(".check")).to_have_count(2)


def test_what_was_refused_is_still_told_when_the_form_turns_into_its_twins(
    studio: Page, pictures: list[Path], tmp_path: Path
) -> None:
    broken, wrong = tmp_path / "broken.png", tmp_path / "notes.txt"
    broken.write_bytes(encode(640, 480)[:-60])
    wrong.write_text("no image")
    studio.goto("/p/spring/?model=mountsea:nano-banana-pro")
    studio.get_by_label("Add reference images").set_input_files([broken, wrong, pictures[0]])
    expect(studio.locator("twin-switch[data-has-references]")).to_have_count(1)
    expect(references(studio)).to_contain_text(
        "“broken.png” was left out. The image is damaged or incomplete."
    )
    expect(references(studio)).to_contain_text("“notes.txt” is not a PNG, JPEG or WebP image")
    prompt = studio.get_by_label("Prompt", exact=True)
    prompt.fill("A lake")
    prompt.press("Control+Enter")
    expect(studio.locator(".batch")).to_have_count(1)
    expect(references(studio)).not_to_contain_text("damaged")


def test_the_form_waits_for_what_is_on_its_way(studio: Page, pictures: list[Path]) -> None:
    held: list[Route] = []
    studio.route("**/uploads", lambda route: held.append(route))
    studio.get_by_label("Prompt", exact=True).fill("A lake")
    studio.get_by_label("Add reference images").set_input_files(pictures[0])
    studio.get_by_role("button", name="Generate").click()
    expect(references(studio)).to_contain_text("Sending the images first…")
    assert not Batch.objects.exists()
    held[0].continue_()
    expect(studio.locator(".batch")).to_have_count(1)
    assert Batch.objects.get().input["images"] == [{"upload": Upload.objects.get().pk}]


def test_a_broken_line_loses_nothing(studio: Page, pictures: list[Path]) -> None:
    studio.route("**/uploads", lambda route: route.abort())
    studio.get_by_label("Add reference images").set_input_files(pictures[0])
    expect(references(studio)).to_contain_text("teal.png was not sent. The server can’t be reached.")
    studio.get_by_label("Prompt", exact=True).fill("A lake")
    studio.get_by_role("button", name="Generate").click()
    expect(references(studio)).to_contain_text("teal.png was not sent. Send it again or remove it.")
    assert_accessible(studio)
    studio.unroute_all()
    references(studio).get_by_role("button", name="Send again").click()
    expect(references(studio).locator(".check")).to_have_count(1)


def test_on_a_phone_it_fits_and_has_buttons(open_page: Open, cast: Cast, pictures: list[Path]) -> None:
    page = open_page(cast.contributor, STUDIO, viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Open the composer").click()
    add(page, pictures)
    assert_fits(page)
    assert_accessible(page)
    take_screenshot(page, "uploads-phone")
    references(page).locator(".thumb a").first.tap()
    page.get_by_role("dialog", name="Reference images").get_by_role("button", name="Later").tap()
    assert len(names(page)) == 3


def _by_name(*wanted: str) -> list[int]:
    by_name = dict(Upload.objects.values_list("name", "pk"))
    return [by_name[name] for name in wanted]
