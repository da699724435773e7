"""An admin looks after the team: decides about a job that is told with its cost, and finds it in the audit log."""

from playwright.sync_api import Page, expect

from studio.audit.actions import record
from studio.generation.models import Generation, Status
from tests.browser.checks import watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.pictures import make_batch, make_generation
from tests.server import WebServer, sign_in


def open_as_admin(new_context: NewContext, server: WebServer, cast: Cast) -> Page:
    context = new_context(base_url=server.url)
    sign_in(context, cast.admin, server.url)
    return context.new_page()


def test_a_job_is_decided_and_found_in_the_log(
    new_context: NewContext, server: WebServer, cast: Cast
) -> None:
    for _ in range(60):
        record(verb="project.archived", subject=cast.team_project, by=cast.manager)
    for _ in range(2):
        batch = make_batch(cast.project, cast.contributor)
        make_generation(batch, status=Status.UNKNOWN, next_action_at=None)
    tab = open_as_admin(new_context, server, cast)
    errors = watch_errors(tab)
    tab.goto("/admin/jobs/")
    for box in tab.get_by_role("checkbox", name="Choose job").all():
        box.check()
    tab.get_by_role("button", name="Discard", exact=True).click()
    expect(tab.get_by_text("counts as charged: 2 images held becomes spent")).to_be_visible()
    tab.get_by_role("button", name="Discard 2 jobs").click()
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Confirm").click()
    tab.get_by_role("button", name="Discard 2 jobs").click()
    expect(tab.get_by_text("Discard: 2 of 2 done.")).to_be_visible()
    expect(tab.get_by_text("Nothing waits for a decision.")).to_be_visible()
    make_generation(make_batch(cast.project, cast.contributor), status=Status.UNKNOWN, next_action_at=None)
    # The page asks for itself.
    expect(tab.get_by_role("checkbox", name="Choose job")).to_have_count(1, timeout=20_000)
    assert Generation.objects.filter(status=Status.FAILED).count() == 2

    tab.get_by_role("link", name="Audit log").click()
    lines = tab.locator("#audit .what")
    expect(lines).to_have_count(50)
    tab.get_by_role("link", name="Show earlier").click()
    expect(lines).to_have_count(62)
    tab.get_by_role("searchbox", name="Search the log").fill("discarded")
    expect(lines).to_have_count(2)
    assert "q=discarded" in tab.url
    tab.locator("#audit summary").first.click()
    expect(tab.get_by_text("generation.discarded").first).to_be_visible()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Export CSV").click()
    table = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == 3
    assert "The admin discarded generation" in table[1]
    assert not errors, errors
