"""Hostile text in every stored field, in a real browser: nothing of it runs, and no script of ours makes markup of it."""

from django.urls import reverse
from playwright.sync_api import Page

from studio.generation.models import Generation, Image, Status
from studio.sharing.actions import Terms, make_link
from tests.browser.checks import watch_errors
from tests.browser.conftest import NewContext
from tests.cast import Cast
from tests.poison import MARK, MARKUP, one_of_everything, poison
from tests.server import WebServer, sign_in

ADMIN_PAGES = (
    "usage",
    "jobs",
    "keys",
    "catalogue",
    "prices",
    "projects",
    "quotas",
    "people",
    "audit",
    "links",
)


def test_nothing_stored_runs(cast: Cast, new_context: NewContext, server: WebServer) -> None:
    one_of_everything(cast)
    image, failed = Image.objects.earliest("id"), Generation.objects.get(status=Status.FAILED)
    terms = Terms("Shortlist", 30, shows_prompts=True)
    shared = make_link(project=cast.project, image_ids=[image.pk], terms=terms, by=cast.manager)
    poison(MARKUP)
    context = new_context(base_url=server.url)
    sign_in(context, cast.admin, server.url)
    page = context.new_page()
    errors = watch_errors(page)
    page.add_init_script("window.alert = () => { window.hasRun = true }")
    studio = f"/p/{cast.project.slug}/"
    places = ["", "gallery/", f"images/{image.pk}/", f"generations/{failed.pk}/", "members/"]
    for address in (*(studio + place for place in places), *(f"/admin/{name}/" for name in ADMIN_PAGES)):
        look(page, address)
    look(page, reverse("sharing:page", args=(shared.token,)))
    assert not errors, errors


def look(page: Page, address: str) -> None:
    answer = page.goto(address, wait_until="load")
    assert answer
    assert answer.status == 200, address
    found = page.evaluate(f"document.querySelectorAll('{MARK}, [{MARK}]').length + Number(!!window.hasRun)")
    assert not found, address
