"""Every page that no room looks at in all its states by itself: accessible, and nothing sticks out."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from studio.catalog.models import ImageModel, Provider
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import find_model
from studio.catalog.syncing import Listing
from studio.gallery.actions import trash_images
from studio.generation.models import Generation, Status
from studio.keys.actions import add_key, pause_key, rotate_key, stop_key
from studio.keys.models import KeyState, Verdict
from studio.keys.testing import KeyTest, note_test
from studio.kit.clock import now
from studio.people.actions import make_password_link
from studio.people.models import User
from studio.projects.actions import archive_project
from studio.spending import actions as spending
from studio.spending.counting import Outcome
from studio.spending.limiting import set_limit
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, Scope
from studio.webhooks.actions import choose_address
from studio.webhooks.models import Delivery, Event, Webhook
from tests.asking import make_request
from tests.browser.checks import (
    DESKTOP,
    NARROWEST,
    PHONE,
    assert_accessible,
    assert_accessible_in_the_dark,
    assert_fits,
    take_screenshot,
    watch_errors,
)
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image
from tests.server import WebServer, sign_in

LONG = "Anunreasonablylongnamewithoutasinglespaceinit" * 2


@pytest.fixture(params=["desktop", "phone"])
def device(request: pytest.FixtureRequest) -> str:
    """What somebody looks at a page with; it is seen by day and by night."""
    return str(request.param)


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, device: str) -> Iterator[Page]:
    context = new_context(base_url=server.url, viewport=PHONE if device == "phone" else DESKTOP)
    page = context.new_page()
    errors = watch_errors(page)
    yield page
    assert not errors, errors


def become(tab: Page, person: User, server: WebServer) -> None:
    sign_in(tab.context, person, server.url)


def look_at(tab: Page, address: str, name: str) -> None:
    tab.goto(address)
    look_as_it_is(tab, name)
    if tab.viewport_size == PHONE:
        tab.set_viewport_size(NARROWEST)
        tab.reload()
        assert_fits(tab)
        tab.set_viewport_size(PHONE)


def look_as_it_is(tab: Page, name: str) -> None:
    assert_fits(tab)
    assert_accessible(tab)
    take_screenshot(tab, f"tour-{name}-light")
    assert_accessible_in_the_dark(tab)
    assert_fits(tab)
    take_screenshot(tab, f"tour-{name}-dark")
    tab.emulate_media(color_scheme="light")


def press(name: str) -> Callable[[Page], None]:
    """Press the first button of this name that can be seen."""
    return lambda tab: tab.get_by_role("button", name=name).first.click()


def open_form(tab: Page) -> None:
    if tab.viewport_size == PHONE:
        tab.get_by_role("button", name="Open the composer").click()
    expect(tab.get_by_label("Prompt", exact=True)).to_be_visible()


def open_picker(tab: Page) -> None:
    open_form(tab)
    tab.get_by_role("button", name="Change model").click()
    expect(tab.locator("dialog .model-row").first).to_be_visible()


def find_no_model(tab: Page) -> None:
    open_picker(tab)
    tab.get_by_role("searchbox", name="Search models").fill("zebra")
    expect(tab.locator("[data-none]")).not_to_be_empty()


def forget_the_prompt(tab: Page) -> None:
    open_form(tab)
    tab.get_by_role("button", name="Generate image").click()
    expect(tab.get_by_text("Write a prompt.")).to_be_visible()


def forget_the_name(tab: Page) -> None:
    # The browser would ask for it by itself.
    tab.locator("main form").evaluate("form => { form.noValidate = true; }")
    tab.get_by_role("button", name="Create project").click()
    expect(tab.get_by_text("Give the project a name.")).to_be_visible()


def select_an_image(tab: Page) -> None:
    tab.locator(".pick").first.check(force=True)
    expect(tab.get_by_text("1 selected", exact=True)).to_be_visible()


def open_filters(tab: Page) -> None:
    tab.get_by_role("button", name="Filters" if tab.viewport_size == PHONE else "Model").click()


def show_keys(tab: Page) -> None:
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog", name="Keys")).to_be_visible()


def spend_something(cast: Cast) -> None:
    """Leave figures of usage: an image with a price, one without, a failure, and a limit that is nearly reached."""
    set_limit(scope=TEAM, period=Period.MONTH, max_images=None, max_micros=2_600_000, by=cast.admin)
    set_limit(
        scope=Scope(None, cast.manager.pk), period=Period.MONTH, max_images=2, max_micros=None, by=cast.admin
    )
    for cost, failure in ((2_500_000, ""), (100_000, "content_policy")):
        held = spending.hold(project=cast.project, by=cast.manager, images=1, cost_micros=cost)
        if failure:
            spending.release(held.pk, outcome=Outcome("failed", failure=failure))
        else:
            spending.settle(held.pk, images=1, outcome=Outcome("succeeded", seconds=9))


def have_keys_in_all_states() -> None:
    provider = Provider.objects.get(slug="mountsea")
    keys = [add_key(provider=provider, label=LONG[: 80 - n], secret=f"ms-1234567890-{n}") for n in range(5)]
    note_test(keys[0], KeyTest(Verdict.WORKS, "Works", 412, 9_990))
    note_test(keys[1], KeyTest(Verdict.OPEN, "Mountsea answered with HTTP 500; that shows nothing.", 1_204))
    stop_key(key_id=keys[2].pk, state=KeyState.OUT_OF_CREDIT)
    pause_key(key_id=keys[3].pk, by=None)
    rotate_key(key=keys[4], secret="ms-another-1234567890", by=None)


@pytest.fixture
def model(server: WebServer, cast: Cast) -> ImageModel:
    """A model of a studio that is long in use, with figures and keys in all states and long names."""
    for colour in ("teal", "salmon", "slateblue"):
        make_image(cast.project, cast.contributor, data=encode(640, 480, colour=colour))
    archive_project(project=cast.team_project, by=cast.admin)
    spend_something(cast)
    cast.project.name = LONG[:80]
    cast.project.save()
    have_keys_in_all_states()
    make_request(cast, reason="For the call on Thursday")
    model = ImageModel.objects.select_related("provider").order_by("id")[0]
    propose_listing(provider=model.provider, listing=Listing((), {}))
    return model


def have_a_webhook(cast: Cast) -> None:
    webhook = choose_address(project=cast.project, url="https://hooks.example.com/", by=cast.admin).webhook
    stopped = {"problem": "The receiver answered with HTTP 500.", "attempts": 9}
    Delivery.objects.create(webhook=webhook, event=Event.FINISHED, delivered_at=now(), status=204)
    Delivery.objects.create(webhook=webhook, event=Event.FAILED, next_at=now(), attempts=1)
    Delivery.objects.create(webhook=webhook, event=Event.TEST, **stopped)
    Webhook.objects.update(stopped_at=now())


def look_at_all(tab: Page, pages: dict[str, str], device: str) -> None:
    for name, address in pages.items():
        look_at(tab, address, f"{name}-{device}")


def test_the_pages_of_people_and_projects(
    tab: Page, cast: Cast, server: WebServer, model: ImageModel, device: str
) -> None:
    become(tab, cast.admin, server)
    have_a_webhook(cast)
    pages = {
        "projects": "/",
        "nothing-found": "/?q=no-such-project",
        "new-project": "/projects/new/",
        "members": "/p/spring/members/",
        "project-settings": "/p/spring/settings/",
        "webhook": "/p/spring/webhook/",
        "archived-settings": "/p/playground/settings/",
        "archived-studio": "/p/playground/",
        "people": "/admin/people/",
        "settings": "/admin/settings/",
        "confirm": "/accounts/reauthenticate/",
        "password": "/accounts/password/change/",
        "account": "/account/",
        "notifications": "/notifications/",
    }
    look_at_all(tab, pages, device)


def test_the_pages_of_models_and_keys(
    tab: Page, cast: Cast, server: WebServer, model: ImageModel, device: str
) -> None:
    become(tab, cast.admin, server)
    steps = find_model("NB2", "modelstream")
    pages = {
        "catalogue": f"/admin/catalogue/{model.pk}/",
        "differences": "/admin/catalogue/differences/",
        "overlay": f"/admin/catalogue/{model.pk}/overlay/",
        "add-model": "/admin/catalogue/add/",
        "api-keys": "/admin/keys/",
        "prices": "/admin/prices/",
        "prices-by-three": f"/admin/prices/{model.pk}/?by=resolution&by=thinking_level&by=enable_web_search",
        "prices-by-steps": f"/admin/prices/{steps.pk}/?by=quality&by=references&steps=1,4",
        "prices-by-no-steps": f"/admin/prices/{steps.pk}/?by=references&steps=four",
    }
    look_at_all(tab, pages, device)


def test_the_pages_of_limits_and_usage(
    tab: Page, cast: Cast, server: WebServer, model: ImageModel, device: str
) -> None:
    become(tab, cast.admin, server)
    pages = {
        "limits": f"/admin/quotas/?person={cast.viewer.pk}&in={cast.project.pk}&images=9",
        "grants": "/admin/grants/",
        "alerts": f"/admin/alerts/?limit={Quota.objects.earliest('id').pk}",
        "usage": "/admin/usage/",
        "usage-of-a-day": "/admin/usage/?period=24h&show=images",
        "usage-of-nothing": "/admin/usage/?from=2020-01-02&to=2020-01-01&project=999",
        "usage-list": "/admin/usage/generations/",
        "own-usage": "/usage/",
    }
    look_at_all(tab, pages, device)


def test_what_admins_watch(tab: Page, cast: Cast, server: WebServer, device: str) -> None:
    ends = {"next_action_at": None}
    unknown = make_job(cast, Status.UNKNOWN, problem=f"The connection broke. {LONG}", **ends)
    make_job(cast, Status.RUNNING, task_id="hub-1", submitted_at=now())
    make_job(cast, Status.FAILED, problem=LONG, problem_code=LONG[:80], finished_at=now(), **ends)
    make_job(cast, Status.QUEUED)
    set_limit(scope=Scope(cast.project.pk), period=Period.DAY, max_images=5, max_micros=5, by=cast.admin)
    cast.project.name = LONG[:80]
    cast.project.save()
    become(tab, cast.admin, server)
    pages = {
        "all-projects": "/admin/projects/",
        "no-archived-project": "/admin/projects/?which=archived",
        "jobs": "/admin/jobs/",
        "failed-jobs": f"/admin/jobs/?state=failed&cause={LONG[:80]}",
        "job-told": f"/admin/jobs/not-charged/?job={unknown.pk}",
        "audit-nothing": "/admin/audit/?q=zebra",
        "audit": "/admin/audit/",
    }
    look_at_all(tab, pages, device)
    tab.locator("#audit summary").first.click()
    look_as_it_is(tab, f"audit-unfolded-{device}")


def make_job(cast: Cast, status: Status, **fields: object) -> Generation:
    batch = make_batch(cast.project, cast.contributor, prompt=f"A lake {LONG}")
    return make_generation(batch, status=status, **fields)


def test_pages_for_those_who_may_only_look(tab: Page, cast: Cast, server: WebServer, device: str) -> None:
    become(tab, cast.viewer, server)
    pages = {
        "viewers-studio": "/p/spring/",
        "viewers-members": "/p/spring/members/",
        "refused": "/p/spring/settings/",
        "missing": "/p/elsewhere/",
    }
    look_at_all(tab, pages, device)


def test_the_way_in(tab: Page, cast: Cast, device: str) -> None:
    token = make_password_link(person=cast.viewer, by=cast.admin)
    look_at(tab, f"/welcome/{token}/", f"welcome-{device}")
    look_at(tab, "/welcome/no-such-token/", f"dead-link-{device}")


def test_what_opens_and_what_goes_wrong(tab: Page, cast: Cast, server: WebServer, device: str) -> None:
    image, deleted = (make_image(cast.project, cast.contributor, data=encode(640, 480)) for _ in range(2))
    trash_images(project=cast.project, image_ids=[deleted.pk], by=cast.manager)
    become(tab, cast.manager, server)
    studio, gallery, page = "/p/spring/", "/p/spring/gallery/", f"/p/spring/images/{image.pk}/"
    states: dict[str, tuple[str, Callable[[Page], None]]] = {
        "account-menu": (studio, press("Account")),
        "project-menu": (studio, press("Spring campaign")),
        "batch-menu": (studio, press("More about this batch")),
        "picker": (studio, open_picker),
        "picker-nothing": (studio, find_no_model),
        "prompt-forgotten": (studio, forget_the_prompt),
        "name-forgotten": ("/projects/new/", forget_the_name),
        "selection": (gallery, select_an_image),
        "filters": (gallery, open_filters),
        "full-request": (page, press("Full request")),
        "keys": (page, show_keys),
        "empty-trash": ("/p/spring/trash/", press("Empty trash")),
    }
    for name, (address, act) in states.items():
        tab.goto(address)
        act(tab)
        look_as_it_is(tab, f"{name}-{device}")
