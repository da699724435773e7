"""Live results in real browsers, from the real server."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from studio.generation.models import Generation, Status
from studio.live.actions import announce
from studio.live.models import Change
from studio.notifying.actions import tell_of_end
from tests.browser.live.conftest import Browse
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, store_image
from tests.server import WebServer

pytestmark = pytest.mark.processes

# Longer than the browser needs to notice a dead server and to come back, with its jitter.
BACK_MS = 20_000


def queue(cast: Cast) -> Generation:
    batch = make_batch(cast.project, cast.contributor)
    return make_generation(batch, status=Status.QUEUED)


def tell(generation: Generation) -> None:
    announce(project_id=generation.project_id, subject_kind="generation", subject_id=generation.pk)


def finish(generation: Generation) -> None:
    """Do what the engine does when the image has come."""
    done = make_generation(generation.batch, position=1)
    store_image(done)
    store_image(generation)
    fields = ("finished_at", "submitted_at", "ready_at")
    ended = {name: getattr(done, name) for name in fields}
    Generation.objects.filter(pk=generation.pk).update(status=Status.SUCCEEDED, next_action_at=None, **ended)
    tell(generation)


def open_studio(context: BrowserContext, cast: Cast) -> Page:
    page = context.new_page()
    page.goto(f"/p/{cast.project.slug}/")
    return page


def expect_picture(page: Page, generation: Generation) -> None:
    picture = page.locator(f"#generation-{generation.pk} img").first
    expect(picture).to_be_visible(timeout=BACK_MS)
    expect(picture).to_have_js_property("complete", True)


def wait_until_live(page: Page) -> None:
    expect(page.locator("live-feed")).to_have_attribute("data-state", "live", timeout=BACK_MS)


def test_two_people_see_a_new_batch_and_its_picture_without_a_reload(cast: Cast, browse: Browse) -> None:
    pages = [open_studio(browse(person), cast) for person in (cast.contributor, cast.viewer)]
    for page in pages:
        wait_until_live(page)
    generation = queue(cast)
    tell(generation)
    for page in pages:
        expect(page.locator(f"#generation-{generation.pk}")).to_have_attribute("data-status", "queued")
    finish(generation)
    for page in pages:
        expect_picture(page, generation)


def test_a_page_catches_up_with_what_happened_while_the_server_was_down(
    cast: Cast, browse: Browse, server: WebServer
) -> None:
    generation = queue(cast)
    pages = [open_studio(browse(person), cast) for person in (cast.contributor, cast.viewer)]
    for page in pages:
        wait_until_live(page)
    server.kill()
    finish(generation)
    server.start()
    for page in pages:
        expect_picture(page, generation)


def test_an_eighth_tab_still_works_with_one_stream_for_all(cast: Cast, browse: Browse) -> None:
    generation = queue(cast)
    context = browse(cast.contributor)
    tabs = [open_studio(context, cast) for _ in range(8)]
    for tab in tabs:
        wait_until_live(tab)
    finish(generation)
    for tab in tabs:
        tab.bring_to_front()
        expect_picture(tab, generation)


def test_closed_tabs_leave_the_others_live(cast: Cast, browse: Browse) -> None:
    generation = queue(cast)
    context = browse(cast.contributor)
    first, second = open_studio(context, cast), open_studio(context, cast)
    wait_until_live(first)
    wait_until_live(second)
    first.close()
    finish(generation)
    expect_picture(second, generation)


def test_where_the_stream_is_blocked_one_poll_keeps_the_page_current(cast: Cast, browse: Browse) -> None:
    generation = queue(cast)
    context = browse(cast.contributor)
    # Without a shared worker the stream is the page's own, which the test can block.
    context.add_init_script("delete window.SharedWorker")
    polls: list[str] = []

    def block(route: Route) -> None:
        route.abort()

    context.route(re.compile(r"/live/stream\?"), block)
    context.on(
        "request", lambda request: polls.append(request.url) if "/live/changes" in request.url else None
    )
    page = open_studio(context, cast)
    finish(generation)
    expect_picture(page, generation)
    assert polls


def test_without_a_shared_worker_the_page_has_a_stream_of_its_own(cast: Cast, browse: Browse) -> None:
    generation = queue(cast)
    context = browse(cast.contributor)
    context.add_init_script("delete window.SharedWorker")
    page = open_studio(context, cast)
    wait_until_live(page)
    finish(generation)
    expect_picture(page, generation)


def test_a_page_whose_past_is_gone_reloads_its_cards(cast: Cast, browse: Browse, server: WebServer) -> None:
    generation = queue(cast)
    page = open_studio(browse(cast.contributor), cast)
    wait_until_live(page)
    page.evaluate("window.isSamePage = true")
    server.kill()
    finish(generation)
    newest = Change.objects.latest("id")
    Change.objects.create(
        id=newest.pk + 500, project=cast.project, subject_kind="generation", subject_id=generation.pk
    )
    Change.objects.filter(id__lte=newest.pk).delete()
    server.start()
    expect_picture(page, generation)
    assert page.evaluate("window.isSamePage")


def test_a_batch_that_the_answer_brings_again_is_shown_once(cast: Cast, browse: Browse) -> None:
    generation = queue(cast)
    page = open_studio(browse(cast.contributor), cast)
    expect(page.locator(f"#batch-{generation.batch_id}")).to_have_count(1)
    page.evaluate(
        """url => htmx.ajax("GET", url, {target: "[data-live-list]", swap: "afterbegin"})""",
        f"/p/{cast.project.slug}/cards?ids={generation.pk}&new={generation.pk}",
    )
    expect(page.locator(f"#batch-{generation.batch_id}")).to_have_count(1)
    expect(page.locator(f"#generation-{generation.pk}")).to_have_count(1)


def test_many_changes_at_once_are_few_requests(cast: Cast, browse: Browse) -> None:
    batch = make_batch(cast.project, cast.contributor)
    generations = [make_generation(batch, status=Status.QUEUED, position=n) for n in range(30)]
    page = open_studio(browse(cast.contributor), cast)
    wait_until_live(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/cards" in request.url else None)
    for generation in generations:
        finish(generation)
    for generation in generations:
        expect_picture(page, generation)
    assert len(asked) <= 30


def test_the_server_stops_in_time_although_streams_are_open(
    cast: Cast, browse: Browse, server: WebServer
) -> None:
    page = open_studio(browse(cast.contributor), cast)
    wait_until_live(page)
    assert server.stop() < 8


def test_who_has_signed_out_is_not_asked_for_again(cast: Cast, browse: Browse) -> None:
    context = browse(cast.contributor)
    context.add_init_script("delete window.SharedWorker")
    context.route(re.compile(r"/live/stream\?"), lambda route: route.abort())
    page = open_studio(context, cast)
    expect(page.locator("live-feed")).to_have_attribute("data-state", "polling", timeout=BACK_MS)
    context.clear_cookies()
    expect(page.locator("live-feed")).to_have_attribute("data-state", "ended", timeout=BACK_MS)


# Headless browsers have no notifications: what the page would show is kept for us instead.
SHOWN = """
window.shown = [];
window.Notification = class { constructor(title, { body }) { window.shown.push(body); } };
window.Notification.permission = "granted";
localStorage.setItem("notices", "on");
Object.defineProperty(document, "hidden", { get: () => window.isAway ?? false });
"""


def test_the_bell_keeps_up_and_a_hidden_tab_tells_that_a_press_is_over(cast: Cast, browse: Browse) -> None:
    contexts = [browse(person) for person in (cast.contributor, cast.viewer)]
    for context in contexts:
        context.add_init_script(SHOWN)
    author, other = (open_studio(context, cast) for context in contexts)
    for page in (author, other):
        wait_until_live(page)
        page.evaluate("window.isAway = true")
    tell_of_end(make_generation(make_batch(cast.project, cast.contributor)).pk)
    expect(author.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    author.wait_for_function("window.shown.length")
    assert author.evaluate("window.shown") == ["Your images are ready in Spring campaign."]
    author.locator("#bell").click()
    author.locator("#news").get_by_role("button", name="Mark as read").click()
    expect(author.locator("#bell")).to_have_accessible_name("Notifications")
    expect(author.locator("#news")).to_contain_text("Your images are ready in Spring campaign.")
    expect(other.locator("#bell")).to_have_accessible_name("Notifications")
    assert other.evaluate("window.shown") == []


def test_the_bell_keeps_up_where_nothing_else_is_live(cast: Cast, browse: Browse) -> None:
    page, other = browse(cast.contributor).new_page(), browse(cast.viewer).new_page()
    for tab in (page, other):
        tab.goto("/account/")
        wait_until_live(tab)
    tell_of_end(make_generation(make_batch(cast.project, cast.contributor)).pk)
    expect(page.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    expect(other.locator("#bell")).to_have_accessible_name("Notifications")
