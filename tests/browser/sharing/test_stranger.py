"""A share link, opened by somebody who has no account."""

import pytest
from playwright.sync_api import Page, expect

from studio.sharing.actions import Terms, make_link, revoke_link
from tests.browser.checks import assert_accessible, assert_accessible_in_the_dark, assert_fits
from tests.cast import Cast
from tests.pictures import encode, make_image
from tests.server import WebServer

pytestmark = pytest.mark.processes


def test_a_stranger_gives_the_password_sees_the_picture_and_is_shut_out(
    page: Page, server: WebServer, cast: Cast
) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(600, 400))
    terms = Terms("Launch shortlist", 30, password="open sesame")
    made = make_link(project=cast.project, image_ids=[image.pk], terms=terms, by=cast.contributor)
    page.goto(f"{server.url}/share/{made.token}/")
    assert_accessible(page)
    page.get_by_label("Password", exact=True).fill("open sesame")
    page.get_by_role("button", name="Show the pictures").click()
    expect(page.get_by_role("heading", name="Launch shortlist")).to_be_visible()
    picture = page.get_by_role("img", name="Picture 1")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert_accessible_in_the_dark(page)
    assert_fits(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download Picture 1").click()
    assert coming.value.suggested_filename == f"launch-shortlist-{image.pk}.webp"
    revoke_link(link=made.link, by=cast.contributor)
    answer = page.context.request.get(f"{server.url}/share/{made.token}/images/{image.pk}/640.webp")
    assert answer.status == 404
