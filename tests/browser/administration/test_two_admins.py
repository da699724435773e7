"""Two admins who have the same page open and save one after the other: the second is told what they didn't see."""

import pytest
from playwright.sync_api import Page, expect

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel, Provider
from studio.catalog.queries import find_model
from studio.generation.models import Batch
from studio.keys.actions import add_key
from studio.keys.models import ApiKey
from studio.people.models import TeamRole, User
from studio.spending.models import Grant
from tests.asking import make_request
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.factories import UserFactory
from tests.fake_provider import FakeProvider, fake
from tests.server import WebServer

__all__ = ["fake"]


@pytest.fixture
def model(server: WebServer) -> ImageModel:
    install_catalog()
    return find_model("nano-banana-2", "mountsea")


@pytest.fixture
def tabs(new_context: NewContext, cast: Cast, server: WebServer) -> tuple[Page, Page]:
    """Two browsers, each of an admin who has just given the password."""
    other = UserFactory(name="Olga", role=TeamRole.ADMIN)
    return _tab(new_context, cast, server, cast.admin), _tab(new_context, cast, server, other)


def _tab(new_context: NewContext, cast: Cast, server: WebServer, person: User) -> Page:
    context = new_context(base_url=server.url)
    (cookie,) = (each for each in cast.client(person).cookies.values() if "session" in each.key)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])  # type: ignore[list-item]
    return context.new_page()


def go(tabs: tuple[Page, Page], address: str) -> None:
    for tab in tabs:
        tab.goto(address)


def test_limits(tabs: tuple[Page, Page]) -> None:
    go(tabs, "/admin/quotas/")
    first, second = tabs
    first.get_by_label("The whole team, images a month").fill("100")
    first.get_by_role("button", name="Set limits").click()
    expect(first.get_by_text("The limits are set.")).to_be_visible()
    second.get_by_label("The whole team, images a day").fill("7")
    second.get_by_role("button", name="Set limits").click()
    expect(second.get_by_text("The limits are set.")).to_be_visible()
    expect(second.get_by_label("The whole team, images a month")).to_have_value("100")

    first.get_by_label("The whole team, images a day").fill("9")
    first.get_by_role("button", name="Set limits").click()
    day = first.get_by_label("The whole team, images a day")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(first.get_by_role("alert").filter(has_text="somebody else")).to_be_visible()
    expect(first.get_by_text("Is 7 by now.")).to_be_visible()
    expect(day).to_have_value("9")
    first.get_by_role("button", name="Set limits").click()
    expect(first.get_by_text("The limits are set.")).to_be_visible()
    expect(day).to_have_value("9")


def test_a_price(tabs: tuple[Page, Page], model: ImageModel) -> None:
    go(tabs, f"/admin/prices/{model.pk}/")
    for tab, price in zip(tabs, ("0.30", "0.10"), strict=True):
        tab.locator("[name=price-0-0]").fill(price)
        tab.get_by_role("button", name="Set prices").click()
    _, second = tabs
    expect(second.get_by_role("alert").filter(has_text="somebody else")).to_be_visible()
    expect(second.locator(".changes .now")).to_contain_text("$0.30")
    expect(second.locator("[name=price-0-0]")).to_have_value("0.10")
    second.get_by_role("button", name="Set prices").click()
    expect(second.locator(".changes .now")).to_contain_text("$0.10")


def test_the_form_of_a_model(tabs: tuple[Page, Page], model: ImageModel) -> None:
    go(tabs, f"/admin/catalogue/{model.pk}/overlay/")
    for tab, name in zip(tabs, ("Plantain", "Banana"), strict=True):
        tab.get_by_label("Name of the model").fill(name)
        tab.get_by_role("button", name="Save").click()
    _, second = tabs
    expect(second.get_by_role("alert").filter(has_text="somebody else")).to_be_visible()
    expect(second.get_by_label("Name of the model")).to_have_value("Banana")
    assert ImageModel.objects.get(pk=model.pk).name == "Plantain"
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_text("The form is changed for everybody.")).to_be_visible()


def test_a_key(tabs: tuple[Page, Page], model: ImageModel, fake: FakeProvider) -> None:
    Provider.objects.filter(slug="mountsea").update(base_url=fake.url, allowed_hosts=[fake.host])
    add_key(provider=Provider.objects.get(slug="mountsea"), label="Hub", secret="ms-12345678-abcd", by=None)
    go(tabs, "/admin/keys/")
    first, second = tabs
    for tab in tabs:
        tab.get_by_role("button", name="Actions for Hub").click()
        tab.get_by_role("link", name="Change limits…").click()
    for tab, count in zip(tabs, ("90", "8"), strict=True):
        tab.get_by_label("In flight at once").fill(count)
        tab.get_by_role("button", name="Set limits").click()
    expect(first.get_by_role("row", name="Hub").last).to_contain_text("of 90 in flight")
    dialog = second.get_by_role("dialog", name="Limits of Hub")
    expect(dialog.get_by_role("alert")).to_contain_text("somebody else has set 90 in flight")
    dialog.get_by_role("button", name="Set limits").click()
    expect(second.get_by_role("row", name="Hub").last).to_contain_text("of 8 in flight")

    go(tabs, "/admin/keys/")
    for tab in tabs:
        tab.get_by_role("button", name="Actions for Hub").click()
        tab.get_by_role("link", name="Rotate…").click()
        tab.locator("input[name=secret]").fill(f"ms-fresh-{'abcd' * 3}-{tabs.index(tab)}")
    first.get_by_role("button", name="Rotate key").click()
    expect(first.get_by_role("dialog")).to_be_hidden()
    second.get_by_role("button", name="Rotate key").click()
    expect(second.get_by_role("dialog")).to_contain_text("Somebody else has rotated this key meanwhile")
    assert list(ApiKey.objects.order_by("id").values_list("state", "last_four")) == [
        ("retired", "abcd"),
        ("active", "cd-0"),
    ]


def test_a_key_that_is_paused_already(tabs: tuple[Page, Page], model: ImageModel, fake: FakeProvider) -> None:
    Provider.objects.filter(slug="mountsea").update(base_url=fake.url, allowed_hosts=[fake.host])
    add_key(provider=Provider.objects.get(slug="mountsea"), label="Hub", secret="ms-12345678-abcd", by=None)
    go(tabs, "/admin/keys/")
    for tab in tabs:
        tab.get_by_role("button", name="Actions for Hub").click()
        tab.get_by_role("button", name="Pause").click()
        expect(tab.get_by_role("row", name="Hub").last).to_contain_text("Paused")
    _, second = tabs
    expect(second.get_by_text("Nothing was changed: Hub is paused by now.")).to_be_visible()
    second.get_by_role("button", name="Actions for Hub").click()
    expect(second.get_by_role("button", name="Resume")).to_be_visible()


def test_the_projects_of_a_model(tabs: tuple[Page, Page], model: ImageModel) -> None:
    go(tabs, f"/admin/catalogue/{model.pk}/")
    for tab, name in zip(tabs, ("Playground", "Spring campaign"), strict=True):
        tab.get_by_label("Only some projects").check()
        tab.get_by_label(name).check()
        tab.get_by_role("button", name="Save", exact=True).click()
        expect(tab.locator(".clist [aria-current] .badge")).to_contain_text("Some projects only")
    _, second = tabs
    told = second.get_by_role("alert").filter(has_text="somebody else has chosen only Playground")
    expect(told).to_be_visible()
    expect(second.get_by_label("Spring campaign")).to_be_checked()
    expect(second.get_by_label("Playground")).not_to_be_checked()
    second.get_by_role("button", name="Save", exact=True).click()
    expect(told).to_be_hidden()
    assert [each.name for each in model.projects.order_by("id")] == ["Spring campaign"]


def test_a_role(tabs: tuple[Page, Page], cast: Cast) -> None:
    go(tabs, "/admin/people/")
    first, second = tabs
    first.get_by_label("Role of The viewer").select_option("Admin")
    expect(first.get_by_text("The viewer is now an admin.")).to_be_visible()
    second.get_by_label("Role of The viewer").select_option("Guest")
    expect(second.get_by_role("alert").filter(has_text="has made The viewer an admin")).to_be_visible()
    expect(second.get_by_label("Role of The viewer")).to_have_value("guest")
    second.get_by_role("button", name="Change").click()
    expect(second.get_by_text("The viewer is now a guest")).to_be_visible()


@pytest.mark.parametrize("decision", ["Approve", "Decline"])
def test_a_request(tabs: tuple[Page, Page], cast: Cast, server: WebServer, decision: str) -> None:
    asked = make_request(cast)
    go(tabs, "/admin/quotas/")
    first, second = tabs
    first.get_by_role("button", name="Approve the request").click()
    expect(first.get_by_text("Granted, and what The contributor wanted")).to_be_visible()
    if decision == "Decline":
        second.get_by_text("Decline the request").click()
        second.get_by_role("button", name="Decline", exact=True).click()
    else:
        second.get_by_role("button", name="Approve the request").click()
    expect(second.get_by_role("alert")).to_contain_text("The admin has approved this request already.")
    expect(second.get_by_role("heading", name="Limits")).to_be_visible()
    expect(second.get_by_text("Nobody asks for more right now.")).to_be_visible()
    assert Grant.objects.count() == 1
    assert Batch.objects.filter(author=asked.author_id).count() == 1
