"""What few visits of the studio need: it comes when somebody reaches for it, and is never shown without its rules."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.studio.conftest import Open
from tests.cast import Cast

STUDIO = "/p/spring/?model=modelstream:NB2"
SEEN = "() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1))"
LATE = ("model-dialog.js", "picker.css", "gallery-picker.js", "upload-look.js", "mask.css")
PATIENCE_MS = 15_000


def press_model(page: Page) -> None:
    page.get_by_role("button", name="Change model").click()


def press_gallery(page: Page) -> None:
    page.get_by_role("link", name="From gallery").click()


@pytest.fixture
def studio(open_page: Open, cast: Cast) -> Page:
    page = open_page(cast.contributor, STUDIO)
    expect(page.get_by_role("group", name="Reference images")).to_have_class("field ready")
    return page


def test_a_visit_loads_no_dialog(studio: Page) -> None:
    studio.wait_for_load_state("load")
    assert not set(LATE) & set(studio.evaluate(SEEN))
    studio.get_by_role("button", name="Change model").hover()
    studio.wait_for_timeout(500)
    assert set(LATE) & set(studio.evaluate(SEEN)) == {"model-dialog.js", "picker.css"}


def test_a_dialog_waits_for_its_rules(studio: Page) -> None:
    held: list[Route] = []
    studio.route("**/picker.css", lambda route: held.append(route))
    press_model(studio)
    dialog = studio.get_by_role("dialog", name="Choose a model")
    studio.wait_for_timeout(500)
    expect(dialog).to_be_hidden()
    held[0].continue_()
    expect(dialog).to_be_visible()
    expect(dialog).to_have_css("display", "grid")


@pytest.mark.parametrize(
    ("file", "press", "name", "sentence"),
    [
        ("picker.css", press_model, "Choose a model", "The list of models can’t be opened now."),
        ("gallery-picker.js", press_gallery, "From gallery", "This can’t be opened now."),
    ],
)
def test_what_does_not_come_is_said_and_asked_for_again(
    studio: Page, file: str, press: Callable[[Page], None], name: str, sentence: str
) -> None:
    studio.route(f"**/{file}", lambda route: route.abort())
    press(studio)
    expect(studio.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
    expect(studio.get_by_role("dialog", name=name)).to_be_hidden()
    studio.unroute(f"**/{file}")
    press(studio)
    expect(studio.get_by_role("dialog", name=name)).to_be_visible(timeout=PATIENCE_MS)
