"""Two factors, in a browser with a passkey of its own: set up, signed in with, lost, and recovered."""

from playwright.sync_api import Page, expect

from studio.people.factors.actions import set_rule
from studio.people.models import SignInRule, User
from tests.browser.checks import PHONE, assert_accessible, assert_accessible_in_the_dark, assert_fits
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.factors import code_of
from tests.server import WebServer


def give_password(page: Page, person: User) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def check_looks(page: Page) -> None:
    assert_accessible(page)
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    assert_fits(page)
    assert_accessible_in_the_dark(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)  # type: ignore[arg-type]


def come_anew(page: Page, site: str) -> None:
    """Come to the project as nobody; by way of no page, since what one still asks would lead to the sign-in by itself."""
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(f"{site}/p/spring/")


def plug_in_a_passkey(page: Page) -> None:
    """Give the browser what a laptop with a fingerprint reader has."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_two_factors_are_set_up_used_lost_and_recovered(page: Page, server: WebServer, cast: Cast) -> None:
    set_rule(rule=SignInRule.TwoFactors.EVERYBODY, by=cast.admin)
    # A passkey belongs to a name; browsers make none for a number.
    site = server.url.replace("127.0.0.1", "localhost")
    plug_in_a_passkey(page)
    page.goto(f"{site}/p/spring/")
    give_password(page, cast.contributor)
    expect(page.get_by_text("Your team asks for two factors.")).to_be_visible()
    check_looks(page)

    page.get_by_role("link", name="Set up").click()
    check_looks(page)
    secret = page.get_by_label("Or type this into the app").input_value()
    page.get_by_label("Six-digit code").press_sequentially("12a34 56789")
    expect(page.get_by_label("Six-digit code")).to_have_value("123456")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("That isn’t right")).to_be_visible()
    page.get_by_label("Six-digit code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    check_looks(page)
    page.get_by_role("button", name="Show my codes").click()
    codes = page.get_by_label("Recovery codes").input_value().split()
    assert len(codes) == 10
    check_looks(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    page.get_by_role("link", name="I have stored them").click()
    expect(page.get_by_role("link", name="Spring campaign").first).to_be_visible()

    page.goto(f"{site}/accounts/two-factors/passkeys/add/")
    check_looks(page)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("Passkey, not used yet")).to_be_visible()
    check_looks(page)

    # The password, and then the app's code, of a later period: the one above was shown already.
    come_anew(page, site)
    give_password(page, cast.contributor)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    check_looks(page)
    page.get_by_label("Six-digit code").fill(code_of(secret, periods=1))
    page.get_by_role("button", name="Verify and sign in").click()
    expect(page).to_have_url(f"{site}/p/spring/")

    # The passkey after the password, then alone.
    come_anew(page, site)
    give_password(page, cast.contributor)
    page.get_by_role("link", name="Use a passkey").click()
    check_looks(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{site}/p/spring/")
    come_anew(page, site)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{site}/p/spring/")

    # Neither phone nor laptop at hand.
    come_anew(page, site)
    give_password(page, cast.contributor)
    page.get_by_role("link", name="Use a recovery code").click()
    check_looks(page)
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Verify and sign in").click()
    expect(page).to_have_url(f"{site}/p/spring/")
    page.goto(f"{site}/accounts/two-factors/")
    expect(page.get_by_text("9 of 10 left")).to_be_visible()


def test_a_browser_without_the_passkey_says_so(page: Page, server: WebServer, cast: Cast) -> None:
    site = server.url.replace("127.0.0.1", "localhost")
    page.goto(f"{site}/accounts/login/")
    page.evaluate("delete window.PublicKeyCredential")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This browser can’t use passkeys. Choose another way.")).to_be_visible()
    check_looks(page)
