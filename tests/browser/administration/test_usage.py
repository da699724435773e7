"""From a figure to the generation behind it, as an admin goes the way, and as somebody without a mouse does."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from studio.catalog.actions import install_catalog
from studio.demo.actions import seed
from studio.generation.models import Generation
from tests.browser.checks import PHONE, assert_accessible, assert_fits, watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.server import WebServer, sign_in


@pytest.fixture
def tab(new_context: NewContext, server: WebServer, cast: Cast) -> Iterator[Page]:
    install_catalog()
    seed(people=3, generations=200)
    context = new_context(base_url=server.url)
    sign_in(context, cast.admin, server.url)
    page = context.new_page()
    errors = watch_errors(page)
    yield page
    assert not errors, errors


def test_a_figure_leads_to_its_generations(tab: Page) -> None:
    some = Generation.objects.filter(status="succeeded").select_related("project").latest("id")
    tab.goto("/admin/usage/?period=90d")
    assert_accessible(tab)
    tab.get_by_label("Project", exact=True).select_option(some.project.name)
    expect(tab.locator(".page-head p")).to_contain_text(some.project.name)
    assert f"project={some.project_id}" in tab.url
    assert "period=90d" in tab.url
    tab.get_by_role("navigation", name="What is shown").get_by_role("link", name="Images").click()
    expect(tab.get_by_role("heading", name="Images by day")).to_be_visible()
    # By keys: the table below the plot, and in it a day.
    summary = tab.locator("summary", has_text="As a table").first
    summary.focus()
    tab.keyboard.press("Enter")
    day = tab.locator("details[open] tbody a").last
    day.press("Enter")
    expect(tab.get_by_role("heading", name="Generations", exact=True)).to_be_visible()
    assert_accessible(tab)
    tab.locator("tbody a").first.click()
    expect(tab).to_have_url(re.compile(f"/p/{some.project.slug}/generations/"))
    # By the pointer: a bar of the plot itself.
    tab.set_viewport_size(PHONE)
    tab.goto(f"/admin/usage/?period=90d&project={some.project_id}")
    assert_fits(tab)
    tab.locator(".chart.n a").last.click()
    expect(tab.get_by_role("heading", name="Generations", exact=True)).to_be_visible()
    assert_fits(tab)
