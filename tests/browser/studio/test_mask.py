"""The mask brush in a real browser: what is marked is what the server gets, in the size of the picture."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Pillow
from playwright.sync_api import CDPSession, Locator, Page, Route, expect

from studio.generation.models import Upload
from studio.generation.uploads import use_image
from studio.kit.storage import media_path
from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits, take_screenshot
from tests.browser.studio.conftest import Open
from tests.cast import Cast
from tests.pictures import make_image

# Each step is a request or two, to a machine that may have a lot to do.
PATIENCE_MS = 15_000
STUDIO = "/p/spring/?model=mountsea:gpt-image-2-edit"
SIZE = (600, 400)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return save(tmp_path / "ridge.jpg", SIZE)


def save(path: Path, size: tuple[int, int], orientation: int = 1) -> Path:
    """A landscape of two colours, as a JPEG that may lie on its side."""
    image = Pillow.linear_gradient("L").resize(size)
    image = Pillow.merge(
        "RGB", (image, image.point(lambda value: value // 2), image.point(lambda v: 200 - v // 2))
    )
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image.save(path, "JPEG", exif=exif)
    return path


@pytest.fixture
def studio(open_page: Open, cast: Cast, picture: Path) -> Page:
    """A studio with a picture as the reference of a model that takes a mask."""
    page = open_page(cast.contributor, STUDIO)
    add(page, picture)
    return page


def add(page: Page, picture: Path) -> None:
    page.get_by_label("Add reference images").set_input_files(picture)
    expect(page.get_by_role("group", name="Reference images").locator(".check")).to_have_count(
        1, timeout=PATIENCE_MS
    )
    expect(page.get_by_role("button", name="Mark the area")).to_be_enabled(timeout=PATIENCE_MS)


def editor(page: Page) -> Locator:
    page.get_by_role("button", name="area").click()
    dialog = page.get_by_role("dialog", name="Edit area")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("Opening the picture…")).to_be_hidden()
    return dialog


def point(page: Page, x: float, y: float, size: tuple[int, int] = SIZE) -> tuple[float, float]:
    """Return where a place of the picture (0 to 1) is in the window."""
    box = page.locator(".mask-editor canvas").bounding_box()
    assert box
    scale = min(box["width"] / size[0], box["height"] / size[1]) * 0.96
    return (
        box["x"] + box["width"] / 2 + (x - 0.5) * size[0] * scale,
        box["y"] + box["height"] / 2 + (y - 0.5) * size[1] * scale,
    )


def paint(page: Page, *places: tuple[float, float], size: tuple[int, int] = SIZE) -> None:
    page.mouse.move(*point(page, *places[0], size))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*point(page, *place, size), steps=8)
    page.mouse.up()


def applied(page: Page) -> Pillow.Image:
    """Apply the mask, and return what the server has stored."""
    before = Upload.objects.count()
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator("mask-field .check")).to_have_count(1, timeout=PATIENCE_MS)
    assert Upload.objects.count() == before + 1
    value = page.locator("mask-field .check").input_value()
    stored = Upload.objects.get(pk=value.removeprefix("upload:"))
    return Pillow.open(BytesIO(media_path(stored.file).read_bytes())).convert("RGBA")


def is_marked(mask: Pillow.Image, x: float, y: float) -> bool:
    pixel = mask.getpixel((int(x * (mask.width - 1)), int(y * (mask.height - 1))))
    assert pixel in ((255, 255, 255, 0), (0, 0, 0, 255))
    return pixel == (255, 255, 255, 0)


def test_what_is_painted_is_marked_in_the_size_of_the_picture(studio: Page) -> None:
    dialog = editor(studio)
    expect(dialog.get_by_text("0 % marked")).to_be_visible()
    expect(dialog.get_by_role("button", name="Undo")).to_be_disabled()
    paint(studio, (0.25, 0.5), (0.45, 0.5))
    expect(dialog.locator("[data-share]")).not_to_have_text("0 % marked")
    assert_accessible(studio)
    take_screenshot(studio, "mask")
    mask = applied(studio)
    assert mask.size == SIZE
    assert is_marked(mask, 0.25, 0.5)
    assert is_marked(mask, 0.4, 0.5)
    assert not is_marked(mask, 0.75, 0.5)
    assert not is_marked(mask, 0.4, 0.05)
    assert_accessible(studio)
    take_screenshot(studio, "mask-applied")


def test_erasing_inverting_clearing_undoing(studio: Page) -> None:
    dialog, share = editor(studio), studio.locator("[data-share]")
    for _ in range(6):
        studio.keyboard.press("]")
    paint(studio, (0.2, 0.5), (0.8, 0.5))
    whole = share.text_content()
    studio.keyboard.press("e")
    expect(dialog.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    paint(studio, (0.5, 0.4), (0.5, 0.6))
    studio.keyboard.press("i")
    studio.keyboard.press("Control+z")
    studio.keyboard.press("Control+z")
    expect(share).to_have_text(whole or "")
    studio.keyboard.press("Control+Shift+z")
    expect(share).not_to_have_text(whole or "")
    dialog.get_by_role("button", name="Clear the mask").click()
    expect(share).to_have_text("0 % marked")
    dialog.get_by_role("button", name="Undo").click()
    dialog.get_by_role("button", name="Invert the mask").click()
    mask = applied(studio)
    assert not is_marked(mask, 0.3, 0.5)
    assert is_marked(mask, 0.5, 0.5)
    assert is_marked(mask, 0.5, 0.05)


DRAW_MUCH = """async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const { Drawing } = await import(loaded.find((name) => name.includes("/mask/drawing")));
  const drawing = new Drawing();
  let taken = 0;
  for (let act = 0; act < 1234; act += 1) {
    drawing.invert();
    taken += drawing.takeOldest().length;
  }
  let undone = 0;
  for (; drawing.canUndo; undone += 1) drawing.undo();
  return [taken, undone];
}"""


def test_of_ever_so_many_strokes_the_last_four_hundred_can_be_undone(studio: Page) -> None:
    editor(studio)
    taken, undone = studio.evaluate(DRAW_MUCH)
    assert taken + undone == 1234
    assert undone >= 400


def test_the_brush_is_led_by_the_keyboard(studio: Page) -> None:
    dialog = editor(studio)
    expect(dialog.get_by_role("application")).to_be_focused()
    for key in ("]", "]", "Shift+ArrowLeft", "Enter", *["Shift+ArrowRight"] * 3, "Enter", "ArrowDown"):
        studio.keyboard.press(key)
    take_screenshot(studio, "mask-keyboard")
    mask = applied(studio)
    assert is_marked(mask, 0.5, 0.5)
    assert not is_marked(mask, 0.5, 0.05)


def test_zoomed_and_moved_the_brush_paints_where_it_is(studio: Page) -> None:
    editor(studio)
    middle = point(studio, 0.5, 0.5)
    studio.mouse.move(*middle)
    for _ in range(4):
        studio.mouse.wheel(0, -300)
    studio.keyboard.down("Space")
    studio.mouse.down()
    studio.mouse.move(middle[0] - 300, middle[1], steps=4)
    studio.mouse.up()
    studio.keyboard.up("Space")
    studio.mouse.click(*middle)
    studio.keyboard.press("0")
    mask = applied(studio)
    box = mask.getchannel("A").point(lambda value: 255 - value).getbbox()
    assert box
    assert (box[0] + box[2]) / 2 > mask.width * 0.52
    assert abs((box[1] + box[3]) / 2 - mask.height / 2) < mask.height * 0.05


def test_reopened_it_goes_on_and_cancelled_it_changes_nothing(studio: Page) -> None:
    editor(studio)
    paint(studio, (0.2, 0.5), (0.3, 0.5))
    applied(studio)
    value = studio.locator("mask-field .check").input_value()
    dialog = editor(studio)
    expect(studio.locator("[data-share]")).not_to_have_text("0 % marked")
    paint(studio, (0.7, 0.5), (0.8, 0.5))
    studio.keyboard.press("Escape")
    expect(dialog.get_by_text("What you marked is not applied yet.")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert studio.locator("mask-field .check").input_value() == value
    editor(studio)
    paint(studio, (0.7, 0.5), (0.8, 0.5))
    studio.get_by_role("button", name="Apply", exact=True).click()
    expect(studio.locator(f"mask-field .check[value='{value}']")).to_have_count(0)
    expect(studio.locator("mask-field .check")).to_have_count(1)
    stored = Upload.objects.order_by("-id")[0]
    mask = Pillow.open(media_path(stored.file)).convert("RGBA")
    assert is_marked(mask, 0.25, 0.5)
    assert is_marked(mask, 0.75, 0.5)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_edit_area_of_an_image_begins_with_the_brush(
    open_page: Open, cast: Cast, viewport: dict[str, int]
) -> None:
    copy = use_image(image=make_image(cast.project, cast.contributor), by=cast.contributor)
    page = open_page(cast.contributor, f"{STUDIO}&references={copy.pk}&area=1", viewport=viewport)
    dialog = page.get_by_role("dialog", name="Edit area")
    expect(dialog.get_by_role("application")).to_be_focused()
    expect(dialog.get_by_text("Opening the picture…")).to_be_hidden()
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Mark the area")).to_be_focused()
    page.get_by_label("Prompt", exact=True).fill("With a boat")
    expect(page.get_by_label("Keep reference 1")).to_be_checked()


def test_nothing_marked_is_not_applied(studio: Page) -> None:
    dialog = editor(studio)
    dialog.get_by_role("button", name="Apply", exact=True).click()
    expect(dialog.get_by_text("Nothing is marked yet. Paint over what may change.")).to_be_visible()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_picture_on_its_side_gets_a_mask_of_its_size(
    open_page: Open, cast: Cast, tmp_path: Path, orientation: int
) -> None:
    size = (7000, 5000) if orientation == 1 else (5000, 7000)
    page = open_page(cast.contributor, STUDIO)
    add(page, save(tmp_path / "large.jpg", (7000, 5000), orientation))
    editor(page)
    paint(page, (0.1, 0.1), (0.3, 0.1), size=size)
    mask = applied(page)
    assert mask.size == size
    assert is_marked(mask, 0.2, 0.1)
    assert not is_marked(mask, 0.2, 0.9)
    assert media_path(Upload.objects.latest("id").file).stat().st_size < 1_000_000


def test_another_first_picture_takes_the_mask_away_with_a_sentence(studio: Page, tmp_path: Path) -> None:
    editor(studio)
    paint(studio, (0.2, 0.5), (0.3, 0.5))
    applied(studio)
    add_more = studio.get_by_label("Add reference images")
    add_more.set_input_files(save(tmp_path / "second.jpg", (300, 500)))
    expect(studio.locator("upload-field[data-role=references] .check")).to_have_count(2)
    expect(studio.locator("mask-field .check")).to_have_count(1)
    studio.get_by_role("button", name="Remove reference 1").click()
    expect(studio.locator("mask-field .check")).to_have_count(0)
    expect(studio.get_by_text("The mask was removed: it belongs to another picture")).to_be_visible()


def mark_and_apply(page: Page) -> None:
    editor(page)
    paint(page, (0.2, 0.5), (0.3, 0.5))
    page.get_by_role("button", name="Apply", exact=True).click()


def add_second(page: Page, tmp_path: Path) -> None:
    page.get_by_label("Add reference images").set_input_files(save(tmp_path / "second.jpg", (300, 500)))
    expect(page.locator("upload-field[data-role=references] .check")).to_have_count(2, timeout=PATIENCE_MS)


def test_a_mask_on_its_way_does_not_arrive_at_another_picture(studio: Page, tmp_path: Path) -> None:
    add_second(studio, tmp_path)
    held: list[Route] = []
    studio.route("**/uploads", lambda route: held.append(route))
    mark_and_apply(studio)
    expect(studio.locator("mask-field").get_by_role("progressbar")).to_be_visible()
    studio.get_by_role("button", name="Remove reference 1").click()
    expect(studio.get_by_text("The mask was removed: it belongs to another picture")).to_be_visible()
    held[0].continue_()
    expect(studio.locator("mask-field [data-thumb]")).to_have_count(0)
    studio.unroute_all(behavior="wait")


def test_a_mask_that_was_not_sent_is_not_sent_for_another_picture(studio: Page, tmp_path: Path) -> None:
    add_second(studio, tmp_path)
    studio.route("**/uploads", lambda route: route.abort())
    mark_and_apply(studio)
    expect(studio.locator("mask-field")).to_contain_text("mask.png was not sent.")
    studio.get_by_role("button", name="Remove reference 1").click()
    expect(studio.locator("mask-field [data-thumb]")).to_have_count(0)
    expect(studio.get_by_text("The mask was removed: it belongs to another picture")).to_be_visible()


def test_a_mask_on_its_way_follows_the_form_to_its_own_picture_only(studio: Page, tmp_path: Path) -> None:
    add_second(studio, tmp_path)
    held: list[Route] = []
    studio.route("**/uploads", lambda route: held.append(route))
    mark_and_apply(studio)
    expect(studio.locator("mask-field").get_by_role("progressbar")).to_be_visible()
    choose_model(studio, "Nano Banana 2", "ModelStream")
    expect(studio.locator("mask-field")).to_have_count(0)
    studio.get_by_role("button", name="Remove reference 1").click()
    choose_model(studio, "GPT Image 2", "Mountsea Hub")
    held[0].continue_()
    expect(studio.get_by_text("The mask was removed: it belongs to another picture")).to_be_visible()
    expect(studio.locator("mask-field [data-thumb]")).to_have_count(0)
    studio.unroute_all(behavior="wait")


def choose_model(page: Page, name: str, provider: str) -> None:
    page.get_by_role("button", name="Change model").click()
    page.locator(".model-row", has_text=re.compile(rf"{name}\s*{provider}")).click()
    expect(page.get_by_role("button", name=f"Model: {name} at {provider}")).to_be_visible(timeout=PATIENCE_MS)


def test_an_editor_that_was_closed_while_it_opened_leaves_the_next_one_alone(studio: Page) -> None:
    held: list[Route] = []
    studio.route("**/file/", lambda route: held.append(route))
    dialog = studio.get_by_role("dialog", name="Edit area")
    studio.get_by_role("button", name="Mark the area").click()
    expect(dialog.get_by_text("Opening the picture…")).to_be_visible()
    studio.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    studio.get_by_role("button", name="Mark the area").click()
    held[1].continue_()
    expect(dialog.get_by_text("Opening the picture…")).to_be_hidden()
    held[0].abort()
    paint(studio, (0.4, 0.5), (0.6, 0.5))
    assert is_marked(applied(studio), 0.5, 0.5)
    studio.unroute_all(behavior="wait")


def test_fingers_paint_and_pinch(open_page: Open, cast: Cast, picture: Path) -> None:
    page = open_page(
        cast.contributor, STUDIO, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page.get_by_role("button", name="Open the composer").click()
    add(page, picture)
    editor(page)
    session = page.context.new_cdp_session(page)
    touch(session, "touchStart", point(page, 0.3, 0.5))
    touch(session, "touchMove", point(page, 0.5, 0.5))
    touch(session, "touchEnd")
    expect(page.locator("[data-share]")).not_to_have_text("0 % marked")
    assert_fits(page)
    assert_accessible(page)
    take_screenshot(page, "mask-phone")
    painted = page.locator("[data-share]").text_content()
    one, other = point(page, 0.4, 0.5), point(page, 0.6, 0.5)
    touch(session, "touchStart", one, other)
    touch(session, "touchMove", (one[0] - 60, one[1]), (other[0] + 60, other[1]))
    touch(session, "touchEnd")
    expect(page.locator("[data-share]")).to_have_text(painted or "")
    mask = applied(page)
    assert is_marked(mask, 0.4, 0.5)
    assert not is_marked(mask, 0.4, 0.95)


def touch(session: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
