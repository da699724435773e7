"""At a limit: asking for more, waiting, and what an approval brings without a reload; on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from studio.generation import asking
from studio.generation.models import LimitRequest
from studio.spending.models import Quota
from tests.browser.checks import DESKTOP, PHONE, assert_accessible, assert_fits
from tests.browser.studio.conftest import Open
from tests.cast import Cast

pytestmark = pytest.mark.processes

NANO = "/p/spring/?model=mountsea:nano-banana-2"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_what_is_asked_at_a_limit_waits_and_goes_out_when_it_is_approved(
    cast: Cast, open_page: Open, viewport: dict[str, int]
) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=0)
    page = open_page(cast.contributor, NANO, viewport=viewport)
    is_phone = viewport == PHONE
    expect(page.locator("live-feed")).to_have_attribute("data-state", "live", timeout=20_000)
    if is_phone:
        page.get_by_role("button", name="Open the composer").click()
    page.get_by_label("Prompt", exact=True).fill("A quiet fjord")
    page.locator("#composer-foot button.accent").click()
    expect(page.get_by_role("alert")).to_contain_text("Your monthly limit of 0 images leaves 0")
    if is_phone:
        page.get_by_role("button", name="Ask for more").click()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_text("Another amount or day").click()
    amount = page.get_by_label("Images", exact=True).last
    amount.fill("40")
    expect(page.get_by_role("button", name="Ask for 40 images until")).to_be_visible()
    amount.press("Enter")
    waiting = page.locator("#requests")
    expect(waiting).to_contain_text("You asked for 40 images until")
    expect(waiting.get_by_role("link", name="Edit")).to_be_focused()
    expect(page.locator("#limit")).to_be_empty()
    assert_fits(page)
    assert_accessible(page)
    asked = LimitRequest.objects.get()
    asking.approve(request=asked, amount=40, ends_on=asked.ends_on, by=cast.admin)
    expect(waiting).to_contain_text("Approved by The admin", timeout=10_000)
    expect(page.locator(".batch")).to_contain_text("A quiet fjord")
    expect(page.locator("#usage")).to_contain_text("1")
    page.get_by_role("button", name="Put away").click()
    expect(waiting).to_be_empty()
