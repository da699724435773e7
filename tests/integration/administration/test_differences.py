"""What a provider says otherwise than the catalogue: shown, and applied only when an admin accepts it."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel, ModelSchema, Proposal, Provider
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import find_model, models_offered, spec_of
from studio.catalog.syncing import Listing, store_listing
from studio.keys.actions import ensure_sandbox_keys
from studio.providers.types import ListedModel, ModelDetail, Problem
from studio.supervisor.tasks import read_listings
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.forgetting import forget_model
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

pytestmark = pytest.mark.any_database

__all__ = ["sandbox", "sandbox_process"]

PAGE = "/admin/catalogue/differences/"
ALL_OF_IT = [
    *("gpt-image-2", "gpt-image-2-edit", "nano-banana", "nano-banana-2", "nano-banana-2-edit"),
    *("nano-banana-edit", "nano-banana-pro", "nano-banana-pro-edit"),
]


@pytest.fixture(autouse=True)
def _installed(db: None) -> None:
    install_catalog()
    ensure_sandbox_keys()


def hub() -> Provider:
    return Provider.objects.get(slug="mountsea")


def listing(**said: Any) -> Listing:
    """The list as the catalogue has it, but for these models: another schema, a Problem, or None for one that is gone."""
    details: dict[str, ModelDetail | Problem] = {}
    for model in hub().models.select_related("schema").order_by("slug"):
        if model.schema:
            details[model.slug] = ModelDetail(model.schema.input_schema, model.schema.example)
    for name, each in said.items():
        slug = name.replace("_", "-")
        if each is None:
            details.pop(slug)
        else:
            details[slug] = each if isinstance(each, Problem) else ModelDetail(each, {"prompt": "a lake"})
    return Listing(tuple(ListedModel(slug, slug.title(), "Ada & Co") for slug in details), details)


def propose(**said: Any) -> int:
    return propose_listing(provider=hub(), listing=listing(**said))


def schema(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"prompt": {"type": "string"}, **more}, "required": ["prompt"]}


def shown(client: StrictClient) -> Element:
    return parse(client.get(PAGE).content.decode())


def decide(client: StrictClient, deed: str) -> Any:
    proposal = Proposal.objects.open().get()
    return client.post(f"{PAGE}{proposal.pk}/{deed}/", {"digest": proposal.digest})


def offered() -> list[str]:
    return sorted(model.slug for model in models_offered() if model.provider.slug == "mountsea")


def test_the_page_reads_the_list_and_finds_the_same(
    sandbox: SandboxServer, settings: Settings, admin: StrictClient
) -> None:
    settings.SANDBOX_URL = sandbox.url
    assert "Sync to see what Mountsea Hub offers now." in shown(admin).text()
    assert admin.post("/admin/catalogue/sync/").headers["Location"] == PAGE
    text = shown(admin).text()
    assert "The catalogue says the same." in text
    assert "Not read yet" not in text


def test_a_list_that_can_not_be_read_is_told_and_changes_nothing(
    settings: Settings, admin: StrictClient
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    propose(bird_1=schema())
    admin.post("/admin/catalogue/sync/")
    assert "Mountsea's server could not be reached" in shown(admin).find(".note").text()
    assert Proposal.objects.count() == 1


def test_the_night_announces_and_applies_nothing(
    sandbox: SandboxServer, settings: Settings, admin: StrictClient
) -> None:
    settings.SANDBOX_URL = sandbox.url
    forget_model("nano-banana-2-edit")
    assert "nano-banana-2-edit" not in offered()
    read_listings()
    assert "nano-banana-2-edit" not in offered()
    entry = parse(admin.get("/admin/people/").content.decode()).find("#differences-open")
    assert entry.text() == "1 waiting"
    assert "about 1 model." in parse(admin.get("/admin/catalogue/").content.decode()).find(".note").text()
    decide(admin, "accept")
    assert offered() == ALL_OF_IT


def test_the_sandbox_is_no_witness_of_what_the_provider_has_said_since(
    sandbox: SandboxServer, settings: Settings, admin: StrictClient
) -> None:
    newer = schema(sparkle={"type": "boolean"})
    accepted = listing(bird_1=schema(), nano_banana_2=newer, nano_banana=None)
    propose_listing(provider=hub(), listing=accepted)
    for proposal in Proposal.objects.exclude(slug="nano-banana"):
        admin.post(f"{PAGE}{proposal.pk}/accept/", {"digest": proposal.digest})
    settings.SANDBOX_URL = sandbox.url
    admin.post("/admin/catalogue/sync/")
    page = shown(admin)
    assert "The sandbox answers for Mountsea Hub" in page.text()
    assert [each.slug for each in Proposal.objects.open()] == ["nano-banana"]
    call_command("sync_catalog", stdout=(said := StringIO()))
    assert "0 new, 0 changed, 0 gone" in said.getvalue()
    assert find_model("nano-banana-2", "mountsea").schema.version == 2  # type: ignore[union-attr]
    assert "bird-1" in offered()


def test_a_new_model_is_offered_only_once_it_is_accepted(admin: StrictClient) -> None:
    sheet = schema(wings={"type": "integer", "maximum": 4}, song={"enum": ["<b>", "low"]})
    assert propose(bird_1=sheet) == 1
    box = shown(admin).find(".difference")
    assert [mark.text() for mark in box.find_all(".dtag")] == ["New", "New", "New", "New"]
    assert "wings integer, at most 4" in box.text()
    assert "song <b>, low" in box.text()
    assert "bird-1" not in offered()
    assert decide(admin, "accept").status_code == 302
    bird = find_model("bird-1")
    assert (bird.name, bird.vendor, bird.schema.version) == ("Bird-1", "Ada & Co", 1)  # type: ignore[union-attr]
    entry = AuditEntry.objects.get(verb="catalog.accepted")
    assert (entry.subject_id, entry.actor_id is not None) == (bird.pk, True)
    assert entry.details == {"kind": "new", "schema": [None, bird.schema_id], "is_offered": [False, True]}
    assert "The catalogue says the same." in shown(admin).text()
    assert propose(bird_1=sheet) == 0
    assert store_listing(provider=hub(), listing=listing(bird_1=sheet)).changed == []


def test_what_changes_in_a_schema_is_told_field_by_field(admin: StrictClient) -> None:
    before = schema(
        size={"enum": ["1K", "2K"], "default": "1K"},
        wings={"type": "integer", "minimum": 1, "maximum": 4},
        style={"type": "string"},
    )
    store_listing(provider=hub(), listing=listing(bird_1=before))
    bird = find_model("bird-1")
    after = schema(
        size={"enum": ["2K", "4K"], "default": "2K"},
        wings={"type": "integer", "minimum": 1, "maximum": 10},
        song={"type": "boolean"},
    )
    propose(bird_1={**after, "required": ["prompt", "wings"]})
    row = next(
        each
        for each in parse(admin.get("/admin/catalogue/").content.decode()).find_all(".clist li")
        if each.find("a").attrs["href"] == f"/admin/catalogue/{bird.pk}/"
    )
    assert row.find(".badge").text() == "Changed"
    box = shown(admin).find(".difference")
    lines = [" ".join(line.text().split()) for line in box.find_all(".diffs li")]
    assert lines == [
        "New song boolean",
        "New option size 4K",
        "Option gone size 1K",
        "Default size 1K 2K",
        "Bound wings at least 1, at most 4 at least 1, at most 10",
        "Needed wings optional needed",
        "Gone style string",
    ]
    assert [mark.attrs["class"] for mark in box.find_all(".dtag")] == [
        *("dtag chg", "dtag add", "dtag add", "dtag del"),
        *("dtag chg", "dtag chg", "dtag chg", "dtag del"),
    ]
    assert spec_of(find_model("bird-1")).find("style")
    decide(admin, "accept")
    now = find_model("bird-1")
    assert (now.schema.version, spec_of(now).find("style")) == (2, None)  # type: ignore[union-attr]
    assert ModelSchema.objects.get(pk=bird.schema_id).input_schema["properties"]["style"]


def test_what_is_left_stays_left_until_the_provider_says_something_else(admin: StrictClient) -> None:
    propose(nano_banana_2=schema(sparkle={"type": "boolean"}))
    decide(admin, "leave")
    assert propose(nano_banana_2=schema(sparkle={"type": "boolean"})) == 0
    page = shown(admin)
    assert "1 left as it is" in page.text()
    assert page.find(".difference") is None
    assert propose(nano_banana_2=schema(sparkle={"type": "integer"})) == 1
    assert AuditEntry.objects.filter(verb="catalog.left").count() == 1


def test_what_a_provider_takes_back_is_no_difference_any_more(admin: StrictClient) -> None:
    propose(nano_banana_2=schema(sparkle={"type": "boolean"}), bird_1=schema())
    decide_about = Proposal.objects.get(slug="bird-1")
    assert propose(bird_1=schema()) == 1
    assert Proposal.objects.get() == decide_about
    assert propose() == 0
    assert "The catalogue says the same." in shown(admin).text()


def test_what_is_gone_is_offered_until_it_is_accepted_and_comes_back(admin: StrictClient) -> None:
    propose(nano_banana_2=None)
    assert "Mountsea Hub no longer lists it." in shown(admin).find(".difference").text()
    assert offered() == ALL_OF_IT
    decide(admin, "accept")
    assert "nano-banana-2" not in offered()
    model = ImageModel.objects.get(slug="nano-banana-2")
    page = parse(admin.get(f"/admin/catalogue/{model.pk}/").content.decode())
    assert "Gone: Mountsea Hub no longer lists it." in page.find(".cmain").text()
    assert propose(nano_banana_2=None) == 0
    assert propose() == 1
    decide(admin, "accept")
    assert offered() == ALL_OF_IT


def test_a_model_whose_schema_could_not_be_read_stays_as_it_is(admin: StrictClient) -> None:
    broken = Problem("Mountsea answered with HTTP 500.")
    propose(nano_banana_2=schema(sparkle={"type": "boolean"}))
    assert propose(nano_banana_2=broken, bird_1=broken) == 1
    assert "Could not be read, and stays as it is: bird-1, nano-banana-2." in shown(admin).text()
    assert offered() == ALL_OF_IT


def test_a_schema_without_a_form_disables_its_model_once_accepted(admin: StrictClient) -> None:
    propose(nano_banana_2={"type": "object"})
    assert "No form can be made of it: The schema has no properties" in shown(admin).text()
    assert "nano-banana-2" in offered()
    decide(admin, "accept")
    assert "nano-banana-2" not in offered()
    assert propose(nano_banana_2={"type": "object"}) == 0
    assert propose(nano_banana_2=schema()) == 1


def test_all_are_accepted_as_the_page_showed_them(admin: StrictClient) -> None:
    propose(bird_1=schema(), nano_banana_2=None, nano_banana_pro=schema())
    digests = [field.attrs["value"] for field in shown(admin).find_all("header [name=digest]")]
    propose(bird_1=schema(), nano_banana_2=None, nano_banana_pro=schema(later={"type": "integer"}))
    admin.post(f"{PAGE}accept/", {"digest": digests})
    assert "bird-1" in offered()
    assert "nano-banana-2" not in offered()
    assert [each.slug for each in Proposal.objects.open()] == ["nano-banana-pro"]


def test_what_has_changed_since_the_page_was_read_is_not_accepted(admin: StrictClient) -> None:
    propose(nano_banana_2=schema(sparkle={"type": "boolean"}))
    seen = Proposal.objects.get()
    propose(nano_banana_2=schema(sparkle={"type": "integer"}))
    for deed in ("accept", "leave"):
        answer = admin.post(f"{PAGE}{seen.pk}/{deed}/", {"digest": seen.digest})
        assert answer.status_code == 409
        assert "has changed meanwhile" in answer.content.decode()
    assert find_model("nano-banana-2", "mountsea").schema.version == 1  # type: ignore[union-attr]
