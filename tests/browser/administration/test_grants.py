"""The list of grants on a phone, which doesn't show the head of the table."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from studio.kit.clock import now
from studio.spending.granting import give_grant
from studio.spending.limiting import set_limit
from studio.spending.limits import Unit
from studio.spending.periods import Period
from studio.spending.scopes import TEAM
from tests.browser.checks import PHONE, assert_accessible, assert_fits
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.server import WebServer, sign_in


def test_a_grant_says_on_a_phone_what_its_figures_are(
    new_context: NewContext, server: WebServer, cast: Cast
) -> None:
    ends_on = now().date() + timedelta(days=3)
    set_limit(scope=TEAM, period=Period.MONTH, max_images=None, max_micros=5_000_000, by=cast.admin)
    give_grant(
        scope=TEAM, period=Period.MONTH, unit=Unit.MONEY, amount=10_000_000, ends_on=ends_on, by=cast.admin
    )
    context = new_context(base_url=server.url, viewport=PHONE)
    sign_in(context, cast.admin, server.url)
    page = context.new_page()
    page.goto("/admin/grants/")
    row = page.get_by_role("row", name=re.compile("^The team"))
    for words in ("until", "in use"):
        expect(row.get_by_text(words)).to_be_visible()
    lefts = row.locator(":is(th, td):visible:not(.r)").evaluate_all(
        "cells => cells.map((cell) => { const range = document.createRange(); range.selectNodeContents(cell);"
        " return Math.round(range.getBoundingClientRect().left); })"
    )
    assert len(set(lefts)) == 1, lefts
    assert_fits(page)
    assert_accessible(page)
