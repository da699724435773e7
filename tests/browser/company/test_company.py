"""Signing in through the company, at a provider that is allauth's own, in a real browser with its policies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from studio.invitations.actions import invite
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, ProjectRole
from tests.browser.checks import (
    assert_accessible,
    assert_accessible_in_the_dark,
    assert_fits,
)
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.identity.server import PASSWORD, IdentityServer
from tests.server import WebServer

NORA, EVE = "nora.berg@example.com", "eve@example.com"


@pytest.fixture
def studio(transactional_db: None, tmp_path: Path) -> Iterator[WebServer]:
    """A Studio that trusts a provider, which knows Nora and Eve; both start at once."""
    identity = IdentityServer(tmp_path, [NORA, EVE])
    studio = WebServer(settings=identity.studio_settings)
    try:
        identity.start(studio)
        studio.start()
        identity.wait()
        yield studio
    finally:
        studio.kill()
        identity.kill()


def sign_in_there(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()


def test_an_invited_person_comes_in_through_the_company_and_comes_again(
    page: Page, new_context: NewContext, studio: WebServer, cast: Cast
) -> None:
    joins = {cast.project: ProjectRole.CONTRIBUTOR}
    invite(addresses=[NORA], role=TeamRole.GUEST, joins=joins, site=studio.url, by=cast.admin)
    page.goto(f"{studio.url}/join/{token_of(Invitation.objects.get())}/")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Continue with Acme").click()
    sign_in_there(page, NORA)
    expect(page).to_have_url(f"{studio.url}/p/spring/")
    nora = User.objects.get(email=NORA)
    assert (nora.name, nora.role) == ("Nora Berg", TeamRole.GUEST)
    assert Membership.objects.get(user=nora).role == ProjectRole.CONTRIBUTOR

    # Signed out here but not there: one press is enough. From an empty page: the studio's goes to the sign-in by itself.
    page.goto("about:blank")
    page.context.clear_cookies(name="sessionid")
    page.goto(f"{studio.url}/accounts/two-factors/")
    assert_accessible(page)
    page.get_by_role("button", name="Continue with Acme").click()
    expect(page).to_have_url(f"{studio.url}/accounts/two-factors/")
    expect(page.get_by_text("Linked since")).to_be_visible()
    assert_accessible(page)

    # Whom nobody has invited reads what to do, and finds the way back.
    stranger = new_context().new_page()
    stranger.goto(f"{studio.url}/accounts/login/")
    stranger.get_by_role("button", name="Continue with Acme").click()
    sign_in_there(stranger, EVE)
    expect(stranger.get_by_text("Ask an admin of your team to invite it.")).to_be_visible()
    assert_accessible(stranger)
    assert_accessible_in_the_dark(stranger)
    assert_fits(stranger)
    stranger.get_by_role("link", name="Back to the sign-in").click()
    expect(stranger.get_by_role("button", name="Continue with Acme")).to_be_visible()
