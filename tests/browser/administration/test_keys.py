"""An admin's way with a key, from adding it to taking it out of use."""

from playwright.sync_api import Page, expect

from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.keys.models import ApiKey, KeyState
from tests.browser.checks import assert_accessible
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.fake_provider import Answer, FakeProvider, fake
from tests.server import WebServer, sign_in

__all__ = ["fake"]
SECRET, FRESH = "ms-first-1234567890-abcd", "ms-fresh-1234567890-wxyz"


def test_a_key_is_added_tested_rotated_and_paused(
    page: Page, server: WebServer, cast: Cast, fake: FakeProvider
) -> None:
    install_catalog()
    Provider.objects.filter(slug="mountsea").update(base_url=fake.url, allowed_hosts=[fake.host])
    sign_in(page.context, cast.admin, server.url)
    page.goto(f"{server.url}/admin/keys/")

    # The password is asked for before the key is typed, and leads on to the form.
    page.get_by_role("link", name="Add key").first.click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Provider").select_option("Mountsea Hub")
    page.get_by_label("Name").fill("Hub main")
    page.locator("input[name=secret]").fill(SECRET)
    page.get_by_role("button", name="Add key").click()
    key = page.get_by_role("row", name="Hub main")
    expect(key).to_contain_text("Works")
    expect(page.locator(".prov", has_text="Mountsea Hub")).to_contain_text("4,321 credits")
    assert page.url.endswith(f"?added={ApiKey.objects.get(is_sandbox=False).pk}")

    fake.answer = Answer(401)
    page.get_by_role("button", name="Test Hub main").click()
    expect(key).to_contain_text("does not accept this key")
    expect(page.get_by_role("link", name="API keys 1")).to_be_visible()

    key.get_by_role("button", name="Actions for Hub main").click()
    page.get_by_role("link", name="Rotate…").click()
    dialog = page.get_by_role("dialog", name="Rotate Hub main")
    secret = dialog.locator("input[name=secret]")
    expect(secret).to_be_focused()
    assert_accessible(page)
    secret.fill(FRESH)
    dialog.get_by_role("button", name="Rotate key").click()
    expect(dialog).to_contain_text("The old key stays.")
    expect(secret).to_have_value("")
    fake.answer = Answer()
    secret.fill(FRESH)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    fresh = page.get_by_role("row", name="wxyz")
    expect(fresh).to_contain_text("Works")

    fresh.get_by_role("button", name="Actions for Hub main").click()
    page.get_by_role("button", name="Pause").locator("visible=true").click()
    expect(fresh).to_contain_text(f"By {cast.admin.display_name}")
    assert ApiKey.objects.get(last_four="wxyz").state == KeyState.PAUSED

    old = page.get_by_role("row", name="abcd")
    old.get_by_role("button", name="Actions for Hub main").click()
    page.get_by_role("button", name="Delete").locator("visible=true").click()
    page.get_by_role("dialog", name="Delete Hub main?").get_by_role("button", name="Delete").click()
    expect(old).to_be_hidden()
    assert SECRET not in page.content()
    assert FRESH not in page.content()
