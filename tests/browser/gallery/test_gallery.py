"""The gallery and the image page in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from studio.live.actions import announce
from tests.browser.checks import NARROWEST, PHONE, assert_accessible, assert_fits
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, note_timeline, store_image
from tests.server import WebServer, sign_in

pytestmark = pytest.mark.processes
SIZES = [(64, 80), (96, 54), (64, 64), (90, 60), (20, 90)]
COLOURS = ["teal", "salmon", "slateblue", "goldenrod"]


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, cast: Cast) -> Page:
    context = new_context(base_url=server.url)
    sign_in(context, cast.viewer, server.url)
    return context.new_page()


def fill(cast: Cast, count: int) -> None:
    batch = make_batch(cast.project, cast.contributor)
    for number in range(count):
        colour = COLOURS[number % len(COLOURS)]
        data = encode(*SIZES[number % len(SIZES)], colour=colour)
        store_image(make_generation(batch, position=number), data)


def test_older_images_come_as_one_scrolls(tab: Page, cast: Cast) -> None:
    fill(cast, 130)
    tab.goto("/p/spring/gallery/")
    expect(tab.locator(".card")).to_have_count(48)
    for _ in range(20):
        tab.mouse.wheel(0, 4000)
        tab.wait_for_timeout(100)
        if tab.locator(".card").count() == 130:
            break
    expect(tab.locator(".card")).to_have_count(130)
    expect(tab.get_by_role("heading", level=2)).to_have_count(1)
    expect(tab.locator(".load-more")).to_have_count(0)


def test_a_click_on_the_caption_opens_the_image(tab: Page, cast: Cast) -> None:
    fill(cast, 1)
    tab.goto("/p/spring/gallery/")
    caption = tab.locator(".card .cap")
    tab.locator(".card").hover()
    expect(caption).to_have_css("opacity", "1")
    box = caption.bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    expect(tab).to_have_url(re.compile("/images/"))


def test_rows_are_justified_and_pictures_keep_their_ratio(tab: Page, cast: Cast) -> None:
    fill(cast, 40)
    tab.goto("/p/spring/gallery/")
    boxes = [card.bounding_box() for card in tab.locator(".card").all()]
    rows: dict[int, list[float]] = {}
    for box in boxes:
        assert box is not None
        rows.setdefault(round(box["y"]), []).append(box["x"] + box["width"])
    ends = [max(edges) for edges in rows.values()]
    assert len(ends) > 2
    assert max(ends[:-1]) - min(ends[:-1]) < 2
    oldest = tab.locator(".card").last.bounding_box()
    assert oldest is not None
    assert oldest["width"] / oldest["height"] == pytest.approx(64 / 80, rel=0.03)


def test_new_images_are_announced_without_a_reload(tab: Page, cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    tab.goto("/p/spring/gallery/")
    expect(tab.locator("live-feed")).to_have_attribute("data-state", "live", timeout=20_000)
    image = make_image(cast.project, cast.contributor)
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=image.generation_id)
    pill = tab.get_by_role("link", name="1 new image")
    expect(pill).to_be_visible()
    assert_accessible(tab)
    pill.click()
    expect(tab.locator(".card")).to_have_count(2)
    expect(pill).to_have_count(0)


def test_arrow_keys_go_to_the_neighbours(tab: Page, cast: Cast) -> None:
    older, image, newer = (make_image(cast.project, cast.contributor) for _ in range(3))
    tab.goto(f"/p/spring/images/{image.pk}/")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url(f"**/images/{older.pk}/")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url(f"**/images/{image.pk}/")
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url(f"**/images/{newer.pk}/")


def test_the_original_is_downloaded_under_its_name(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    tab.goto(f"/p/spring/images/{image.pk}/")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == f"spring-{image.pk}.png"


def test_the_original_opens_as_a_harmless_document(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(120, 80))
    response = tab.goto(f"/p/spring/images/{image.pk}/file/")
    assert response is not None
    assert response.headers["content-security-policy"].endswith("sandbox")
    assert tab.locator("img").evaluate("picture => picture.naturalWidth") == 120


def test_the_page_of_an_image_fits_the_narrowest_screen(
    new_context: NewContext, server: WebServer, cast: Cast
) -> None:
    image = make_image(cast.project, cast.contributor)
    context = new_context(base_url=server.url, viewport=NARROWEST)
    sign_in(context, cast.contributor, server.url)
    page = context.new_page()
    page.goto(f"/p/spring/images/{image.pk}/")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    assert_fits(page)


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    tab: Page, cast: Cast, viewport: dict[str, int] | None, scheme: str
) -> None:
    batch = make_batch(cast.project, cast.contributor, prompt="A very long prompt, " * 40)
    images = []
    for position in range(4):
        generation = make_generation(batch, position=position, result_text="Words of the provider.")
        note_timeline(generation)
        images.append(store_image(generation, encode(640, 360)))
    if viewport:
        tab.set_viewport_size(viewport)  # type: ignore[arg-type]
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    image = f"/p/spring/images/{images[1].pk}/"
    for address in ("/p/spring/gallery/", "/p/playground/gallery/", image, f"{image}?show=timeline"):
        tab.goto(address)
        assert_accessible(tab)
        assert_fits(tab)
