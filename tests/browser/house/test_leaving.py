"""Somebody leaves: an admin reads what will happen, chooses who takes over, and the leaver is out at once."""

from playwright.sync_api import Page, expect

from studio.generation.models import Generation, Status
from tests.browser.checks import assert_accessible
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.pictures import make_batch, make_generation, make_image
from tests.server import WebServer, sign_in


def test_who_leaves_is_out_at_once_and_the_project_is_handed_over(
    page: Page, new_context: NewContext, server: WebServer, cast: Cast
) -> None:
    image = make_image(cast.project, cast.manager)
    make_generation(make_batch(cast.project, cast.manager), status=Status.QUEUED)
    theirs = new_context().new_page()
    sign_in(theirs.context, cast.manager, server.url)
    theirs.goto(f"{server.url}/p/spring/")
    feed = theirs.locator("live-feed")
    expect(feed).to_have_attribute("data-state", "live")

    sign_in(page.context, cast.admin, server.url)
    page.goto(f"{server.url}/admin/people/")
    page.get_by_role("button", name="Actions for The manager").click()
    page.get_by_role("link", name="Deactivate…").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 queued is cancelled, and what it holds is released")).to_be_visible()
    expect(page.get_by_text("Nobody else manages Spring campaign")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Who takes over").select_option(label="The viewer (viewer@example.com)")
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.get_by_text("The manager can no longer sign in.")).to_be_visible()

    assert not Generation.objects.filter(status=Status.QUEUED).exists()

    heir = new_context().new_page()
    sign_in(heir.context, cast.viewer, server.url)
    heir.goto(f"{server.url}/p/spring/images/{image.pk}/")
    expect(heir.get_by_text("The manager").first).to_be_visible()
    assert heir.goto(f"{server.url}/p/spring/settings/").status == 200  # type: ignore[union-attr]

    # Afterwards what is personal is deleted, from a dialog of the same page.
    page.get_by_role("button", name="Actions for The manager").click()
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_role("heading", name="Delete The manager")).to_be_visible()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("What they made stays, as a former member’s.")).to_be_visible()
    heir.goto(f"{server.url}/p/spring/images/{image.pk}/")
    expect(heir.get_by_text("Former member").first).to_be_visible()

    # By now the page that was left open has found out, and the next one asks to sign in.
    expect(feed).to_have_attribute("data-state", "ended", timeout=20_000)
    theirs.goto(f"{server.url}/p/spring/")
    expect(theirs.get_by_label("Password", exact=True)).to_be_visible()
