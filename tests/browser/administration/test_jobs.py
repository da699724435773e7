"""The page of jobs keeps itself current without taking anything out of an admin's hands."""

from playwright.sync_api import Page, expect

from studio.generation import actions
from studio.generation.models import Status
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.pictures import make_batch, make_generation
from tests.server import WebServer, sign_in

# The page asks every five seconds.
PATIENCE_MS = 20_000


def test_the_page_keeps_up_and_what_is_chosen_stays(
    new_context: NewContext, server: WebServer, cast: Cast
) -> None:
    page = new_context().new_page()
    batch = make_batch(cast.project, cast.contributor)
    jobs = [
        make_generation(batch, status=Status.UNKNOWN, next_action_at=None, task_id="hub") for _ in range(3)
    ]
    sign_in(page.context, cast.admin, server.url)
    page.goto(f"{server.url}/admin/jobs/")
    page.get_by_label(f"Choose job {jobs[0].pk}").check()
    page.get_by_label(f"Choose job {jobs[1].pk}").check()
    link = page.get_by_role("link", name=f"Discard job {jobs[2].pk}")
    link.focus()

    actions.discard(generation=jobs[1], by=cast.manager)
    new = make_generation(batch, status=Status.UNKNOWN, next_action_at=None)
    expect(page.get_by_label(f"Choose job {new.pk}")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label(f"Choose job {new.pk}")).not_to_be_checked()
    expect(page.get_by_label(f"Choose job {jobs[0].pk}")).to_be_checked()
    expect(page.get_by_label(f"Choose job {jobs[1].pk}")).to_have_count(0)
    expect(link).to_be_focused()
    expect(page.locator("#jobs-tile-failed b")).to_have_text("1")
    expect(page.get_by_role("link", name="Jobs 3 waiting")).to_be_visible()

    server.kill()
    lost = page.get_by_text("Studio can’t be reached. This is how it was at")
    expect(lost).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("[data-toast]")).to_have_count(0)


def test_all_of_a_list_are_done_while_one_looks_on(page: Page, server: WebServer, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    for _ in range(120):
        make_generation(batch, status=Status.QUEUED)
    sign_in(page.context, cast.admin, server.url)
    page.goto(f"{server.url}/accounts/reauthenticate/?next=/admin/jobs/%3Fstate=queued")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("All 120 of this list").check()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel 120 jobs").click()
    expect(page.get_by_role("status").filter(has_text="Cancel: 120 of 120 done.")).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.get_by_text("No job fits.")).to_be_visible()
