"""The page of an image in a real browser: keys, the star, deleting and undoing, dialogs, phones."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from studio.gallery.actions import trash_images
from studio.generation.models import Favourite, Image, Upload
from tests.browser.checks import PHONE, assert_accessible, assert_fits, watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, make_upload, store_image
from tests.server import WebServer, sign_in

pytestmark = pytest.mark.processes


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, cast: Cast) -> Iterator[Page]:
    context = new_context(base_url=server.url, permissions=["clipboard-read", "clipboard-write"])
    sign_in(context, cast.contributor, server.url)
    page = context.new_page()
    errors = watch_errors(page)
    yield page
    assert not errors, errors


def path(image: Image, query: str = "") -> str:
    return f"/p/spring/images/{image.pk}/{query}"


def with_relatives(cast: Cast) -> Image:
    """Make an image with a reference, a source that is gone, and results."""
    gone = make_image(cast.project, cast.contributor)
    uploads = [make_upload(cast.project, cast.contributor) for _ in range(2)]
    Upload.objects.filter(pk=uploads[0].pk).update(source=gone)
    batch = make_batch(
        cast.project, cast.contributor, model=("mountsea", "nano-banana-2-edit"), uploads=uploads
    )
    image = store_image(make_generation(batch), encode(640, 800))
    copy = make_upload(cast.project, cast.contributor)
    Upload.objects.filter(pk=copy.pk).update(source=image)
    for _ in range(9):
        made = make_batch(
            cast.project, cast.contributor, model=("mountsea", "nano-banana-2-edit"), uploads=[copy]
        )
        store_image(make_generation(made))
    trash_images(project=cast.project, image_ids=[gone.pk], by=cast.contributor)
    return image


def test_f_stars_and_the_star_keeps_the_focus(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    tab.goto(path(image))
    star = tab.get_by_role("button", name="Star")
    tab.keyboard.press("f")
    expect(star).to_have_attribute("aria-pressed", "true")
    assert Favourite.objects.filter(image=image, person=cast.contributor).exists()
    star.focus()
    tab.keyboard.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(star).to_be_focused()
    assert not Favourite.objects.exists()


def test_keys_reuse_download_and_show_themselves(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    tab.goto(path(image))
    with tab.expect_download() as download:
        tab.keyboard.press("d")
    assert download.value.suggested_filename == f"spring-{image.pk}.png"
    tab.keyboard.press("?")
    dialog = tab.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    tab.keyboard.press("r")  # an open dialog keeps the keys to itself
    expect(dialog).to_be_visible()
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    tab.keyboard.press("r")
    tab.wait_for_url(f"**/p/spring/?reuse={image.generation_id}")


def test_delete_goes_on_to_the_next_and_undo_comes_back(tab: Page, cast: Cast) -> None:
    older, image = (make_image(cast.project, cast.contributor) for _ in range(2))
    tab.goto(path(image, f"?by={cast.contributor.pk}"))
    tab.keyboard.press("Delete")
    tab.wait_for_url(f"**{path(older)}?by={cast.contributor.pk}")
    toast = tab.locator("[data-toast]")
    expect(toast).to_contain_text("Moved to the trash.")
    toast.get_by_role("button", name="Undo").click()
    tab.wait_for_url(f"**{path(image)}")
    expect(tab.locator("[data-toast]")).to_contain_text("Restored.")
    assert not Image.objects.filter(deleted_at__isnull=False).exists()


def test_an_image_in_the_trash_can_be_restored(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.contributor)
    tab.goto(path(image))
    expect(tab.get_by_text("In the trash, 30 days left.")).to_be_visible()
    assert_accessible(tab)
    tab.keyboard.press("Delete")  # what is there already can't go there
    tab.get_by_role("button", name="Restore").click()
    expect(tab.locator("[data-toast]")).to_contain_text("Restored.")
    expect(tab.get_by_text("In the trash")).to_have_count(0)


def test_prompt_and_full_request_are_copied(tab: Page, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, prompt="A quiet fjord")
    tab.goto(path(image))
    tab.get_by_role("button", name="Copy prompt").first.click()
    expect(tab.get_by_role("status").get_by_text("Copied.")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == "A quiet fjord"
    tab.get_by_role("button", name="Full request").click()
    dialog = tab.get_by_role("dialog", name="Full request")
    assert_accessible(tab)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog).to_be_visible()
    copied = tab.evaluate("navigator.clipboard.readText().then(JSON.parse)")
    assert copied == {"model": "mountsea:nano-banana-2", "input": {"prompt": "A quiet fjord"}}


def test_a_swipe_goes_to_the_neighbour(new_context: NewContext, server: WebServer, cast: Cast) -> None:
    older, image = (make_image(cast.project, cast.contributor) for _ in range(2))
    context = new_context(base_url=server.url, viewport=PHONE, has_touch=True, is_mobile=True)
    sign_in(context, cast.viewer, server.url)
    page = context.new_page()
    page.goto(path(image))
    swipe(page, 300, 280)  # a tap that slipped
    swipe(page, 300, 100)
    page.wait_for_url(f"**{path(older)}")
    swipe(page, 100, 300)
    page.wait_for_url(f"**{path(image)}")


def swipe(page: Page, start: int, end: int) -> None:
    page.evaluate(
        """([start, end]) => {
            const stage = document.querySelector("[data-swipe]");
            const at = (x) => new Touch({ identifier: 1, target: stage, clientX: x, clientY: 200 });
            const send = (type, touches, changed) =>
                stage.dispatchEvent(new TouchEvent(type, { touches, changedTouches: changed, bubbles: true }));
            send("touchstart", [at(start)], [at(start)]);
            send("touchend", [], [at(end)]);
        }""",
        [start, end],
    )


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_with_relatives_and_menu(
    tab: Page, cast: Cast, viewport: dict[str, int] | None, scheme: str
) -> None:
    image = with_relatives(cast)
    if viewport:
        tab.set_viewport_size(viewport)  # type: ignore[arg-type]
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto(path(image))
    expect(tab.get_by_text("9 made from it")).to_be_visible()
    assert_fits(tab)
    assert_accessible(tab)
    tab.get_by_role("button", name="More about this image").click()
    expect(tab.get_by_role("button", name="Delete")).to_be_visible()
    assert_fits(tab)
    assert_accessible(tab)
