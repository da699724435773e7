"""What the page says of time: the usual one of the settings, and the meter of a card that takes its time."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from studio.generation.models import Generation, Status
from studio.kit.clock import now
from tests.browser.checks import PHONE, assert_accessible, take_screenshot
from tests.browser.studio.conftest import Open
from tests.browser.studio.test_studio import HUB, STUDIO
from tests.cast import Cast
from tests.pictures import make_batch, make_generation

pytestmark = pytest.mark.processes


def learned(cast: Cast, pace: str, *spans_s: float) -> None:
    batch = make_batch(cast.project, cast.contributor)
    for span_s in spans_s:
        times = {"submitted_at": now() - timedelta(seconds=span_s), "ready_at": now()}
        make_generation(batch, pace=pace, **times)


def test_the_usual_time_follows_the_settings_and_nothing_else(cast: Cast, open_page: Open) -> None:
    learned(cast, "1K", 10, 12, 18)
    learned(cast, "4K", 40, 44, 50)
    page = open_page(cast.contributor, HUB)
    asked: list[str] = []
    page.on("request", lambda request: "usual-time" in request.url and asked.append(request.url))
    expect(page.locator("usual-time")).to_have_text("Usually 12 to 18 s")
    page.get_by_label("Prompt", exact=True).fill("A quiet fjord")
    page.get_by_role("radio", name="16:9").check()
    page.get_by_role("radio", name="2K").check()
    page.get_by_role("radio", name="4K").check()
    expect(page.locator("usual-time")).to_have_text("Usually 44 to 50 s")
    assert len(asked) == 1
    assert "fjord" not in asked[0]


def test_the_usual_time_appears_when_the_first_generations_have_taught_it(
    cast: Cast, open_page: Open
) -> None:
    page = open_page(cast.contributor, HUB)
    expect(page.locator("usual-time")).to_have_text("")
    learned(cast, "1K", 10, 12, 18)
    page.evaluate("document.dispatchEvent(new CustomEvent('cards:swapped', { detail: { ids: [] } }))")
    expect(page.locator("usual-time")).to_have_text("Usually 12 to 18 s", timeout=15_000)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_card_goes_ever_slower_and_says_once_that_it_is_late(
    cast: Cast, open_page: Open, size: str
) -> None:
    learned(cast, "1K", 10, 10, 20)
    batch = make_batch(cast.project, cast.contributor, num_images=2)
    sent_at = now()
    for age_s in (5, 15, 60):
        make_generation(
            batch,
            status=Status.RUNNING,
            images_asked=2 if age_s == 60 else 1,
            task_id="hub-1",
            pace="1K",
            position=age_s,
            submitted_at=sent_at - timedelta(seconds=age_s),
        )
    options = {"viewport": PHONE} if size == "phone" else {}
    page = open_page(cast.contributor, STUDIO, **options)
    waited_s = (now() - sent_at).total_seconds()
    meters = [
        float(value)
        for value in page.locator(".meter").evaluate_all(
            "all => all.map((each) => each.style.getPropertyValue('--v'))"
        )
    ]
    assert meters == sorted(meters)
    assert 37 <= meters[0] <= 37.5 + 7.5 * (waited_s + 1)
    assert meters[-1] < 98
    late = page.get_by_text("Longer than usual").filter(visible=True)
    expect(late).to_have_count(1)
    assert_accessible(page)
    take_screenshot(page, f"studio-late-{size}")
    # Without any news it comes to be late by itself.
    Generation.objects.filter(position=15).update(submitted_at=now() - timedelta(seconds=18))
    page.reload()
    expect(late).to_have_count(2, timeout=8_000)
