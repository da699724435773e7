"""The shell's small elements and behaviours, put into a page as a swap would."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def bench(page: Page, live_server: LiveServer) -> Page:
    """A page with the shell's scripts."""
    page.goto(f"{live_server}/accounts/login/")
    expect(page.get_by_role("button", name="Show password")).to_be_visible()
    return page


def swap_in(page: Page, markup: str) -> None:
    page.evaluate("markup => { document.querySelector('main').innerHTML = markup }", markup)


def test_a_stepper_counts_within_its_limits(bench: Page) -> None:
    swap_in(
        bench,
        '<span class="stepper"><button type="button" data-step="-1">Fewer</button>'
        '<input type="number" min="1" max="2" value="1" aria-label="Images">'
        '<button type="button" data-step="1">More</button></span>',
    )
    for _ in range(3):
        bench.get_by_role("button", name="More").click()
    expect(bench.get_by_label("Images")).to_have_value("2")
    for _ in range(3):
        bench.get_by_role("button", name="Fewer").click()
    expect(bench.get_by_label("Images")).to_have_value("1")


def test_a_copy_button_copies_and_says_so(bench: Page) -> None:
    bench.context.grant_permissions(["clipboard-read", "clipboard-write"])
    swap_in(bench, '<p id="prompt">A quiet fjord</p><button data-copy-from="prompt">Copy</button>')
    bench.get_by_role("button", name="Copy").click()
    expect(bench.get_by_role("status").get_by_text("Copied")).to_be_attached()
    assert bench.evaluate("navigator.clipboard.readText()") == "A quiet fjord"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=6), "6 min ago"),
        (timedelta(hours=3, minutes=2), "3 hr ago"),
        (timedelta(days=1, hours=1), "yesterday"),
    ],
)
def test_times_are_told_from_now(bench: Page, age: timedelta, words: str) -> None:
    moment = (datetime.now(UTC) - age).isoformat()
    swap_in(bench, f'<relative-time datetime="{moment}">then</relative-time>')
    expect(bench.locator("relative-time")).to_have_text(words)


def test_a_search_sends_itself_when_typing_rests(bench: Page) -> None:
    swap_in(bench, '<form data-autosubmit><input type="search" name="q" aria-label="Search"></form>')
    bench.get_by_label("Search").press_sequentially("ridge", delay=20)
    bench.wait_for_url("**/?q=ridge")


def test_a_dialog_opens_and_closes(bench: Page) -> None:
    swap_in(
        bench,
        '<button data-dialog-open="new">New project</button>'
        '<dialog class="dlg" id="new" aria-labelledby="t"><h2 id="t">New project</h2>'
        "<button data-dialog-close>Cancel</button></dialog>",
    )
    dialog = bench.get_by_role("dialog", name="New project")
    for leave in (
        lambda: dialog.get_by_role("button", name="Cancel").click(),
        lambda: bench.keyboard.press("Escape"),
        lambda: bench.mouse.click(5, 5),
    ):
        bench.get_by_role("button", name="New project").click()
        expect(dialog).to_be_visible()
        leave()
        expect(dialog).to_be_hidden()
