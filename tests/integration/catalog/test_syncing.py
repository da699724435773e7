"""Taking over the provider's own list: what is new, changed, gone, and what can't be understood."""

from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog, set_provider
from studio.catalog.models import ImageModel, ModelSchema, Provider
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import edit_twin_of, find_model, models_offered, spec_of
from studio.catalog.syncing import Listing, SyncReport, store_listing
from studio.keys.actions import add_key, ensure_sandbox_keys
from studio.providers.types import ListedModel, ModelDetail, Problem
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = pytest.mark.django_db

HUB_MODELS = [
    *("gpt-image-2", "gpt-image-2-edit", "nano-banana", "nano-banana-2", "nano-banana-2-edit"),
    *("nano-banana-edit", "nano-banana-pro", "nano-banana-pro-edit"),
]


@pytest.fixture(autouse=True)
def _installed() -> None:
    install_catalog()
    ensure_sandbox_keys()


def offered() -> list[str]:
    return [model.slug for model in models_offered() if model.provider.slug == "mountsea"]


def sync(**details: Any) -> SyncReport:
    """Store a list of these models: a schema, or a sentence that says why there is none."""
    slugs = [name.replace("_", "-") for name in details]
    read = [
        Problem(each) if isinstance(each, str) else ModelDetail(each, {"prompt": "a lake"})
        for each in details.values()
    ]
    listing = Listing(tuple(ListedModel(slug, slug) for slug in slugs), dict(zip(slugs, read, strict=True)))
    return store_listing(provider=Provider.objects.get(slug="mountsea"), listing=listing)


def schema(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"prompt": {"type": "string"}, **more}, "required": ["prompt"]}


def editing() -> dict[str, Any]:
    return {
        **schema(image_urls={"type": "array", "items": {"type": "string"}}),
        "required": ["prompt", "image_urls"],
    }


def run() -> str:
    said = StringIO()
    call_command("sync_catalog", stdout=said)
    return said.getvalue()


def test_all_models_of_the_sandbox_are_stored_and_offered(sandbox: SandboxServer, settings: Settings) -> None:
    settings.SANDBOX_URL = sandbox.url
    said = run()
    assert sorted(offered()) == HUB_MODELS
    assert said == "Mountsea Hub: 0 new, 0 changed, 0 gone, 8 as before.\n"
    assert find_model("nano-banana-2", "mountsea").schema.version == 1  # type: ignore[union-attr]
    assert run() == said
    assert ModelSchema.objects.filter(model__provider__slug="mountsea").count() == len(HUB_MODELS)
    assert AuditEntry.objects.filter(verb="catalog.synced").count() == 2


def test_a_model_that_nobody_wrote_code_for_is_offered_at_once() -> None:
    report = sync(bird_1=schema(wings={"type": "integer"}), bird_1_edit=editing())
    assert (report.new, report.disabled) == (["bird-1", "bird-1-edit"], {})
    bird = find_model("bird-1")
    assert [field.name for field in spec_of(bird).shown] == ["prompt", "wings"]
    assert edit_twin_of(bird) == find_model("bird-1-edit")


@pytest.mark.parametrize("maker", [{"image_urls": {"type": "array", "items": {"type": "string"}}}, None])
def test_what_takes_references_by_itself_or_is_alone_has_no_twin(maker: dict[str, Any] | None) -> None:
    makers = {} if maker is None else {"bird_1": schema(**maker)}
    sync(**makers, bird_1_edit=editing())
    assert find_model("bird-1-edit").twin_of_id is None


def test_twins_part_when_one_of_them_changes() -> None:
    sync(bird_1=schema(), bird_1_edit=editing())
    sync(bird_1=schema(), bird_1_edit=schema())
    assert find_model("bird-1-edit").twin_of_id is None


def test_a_changed_schema_is_a_new_version_that_an_installation_leaves_alone() -> None:
    model = find_model("nano-banana-2", "mountsea")
    old = model.schema_id
    report = sync(nano_banana_2=schema(sparkle={"type": "boolean"}))
    assert (report.changed, report.new, report.disabled) == (["nano-banana-2"], [], {})
    install_catalog()
    model.refresh_from_db()
    assert model.schema is not None
    assert (model.schema.version, model.schema_id != old) == (2, True)
    assert model.schema.input_schema["x-order"] == ["prompt", "sparkle"]
    assert ModelSchema.objects.filter(id=old).exists()
    assert sync(nano_banana_2=schema(sparkle={"type": "boolean"})).same == ["nano-banana-2"]


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"type": "object"}, "no properties"),
        (schema(odd={"type": "string", "pattern": "("}), "not a valid JSON Schema"),
        ({"properties": {"words": {"type": "string"}}}, "neither a prompt nor an image"),
    ],
)
def test_what_cannot_be_understood_is_disabled_until_it_can(detail: Any, reason: str) -> None:
    model = find_model("nano-banana-2", "mountsea")
    report = sync(nano_banana_2=detail)
    assert reason in report.disabled["nano-banana-2"]
    install_catalog()
    after = ImageModel.objects.get(id=model.id)
    assert (after.is_offered, after.schema_id) == (False, model.schema_id)
    assert reason in after.disabled_reason
    assert sync(nano_banana_2=schema()).disabled == {}
    assert "nano-banana-2" in offered()


def test_a_model_whose_schema_could_not_be_read_stays_as_it_is() -> None:
    report = sync(nano_banana_2="Mountsea answered with HTTP 500.", bird_1="Mountsea answered with HTTP 500.")
    assert report.unread.keys() == {"nano-banana-2", "bird-1"}
    assert (report.disabled, report.changed, report.new, report.same) == ({}, [], [], [])
    assert "nano-banana-2" in offered()
    assert not ImageModel.objects.filter(slug="bird-1").exists()


def test_what_the_command_stores_needs_no_decision_any_more() -> None:
    changed = Listing(
        (ListedModel("nano-banana-2"),), {"nano-banana-2": ModelDetail(schema(wings={"type": "integer"}), {})}
    )
    provider = Provider.objects.get(slug="mountsea")
    propose_listing(provider=provider, listing=changed)
    assert provider.proposals.filter(slug="nano-banana-2").exists()
    store_listing(provider=provider, listing=changed)
    assert not provider.proposals.filter(slug="nano-banana-2").exists()


def speak_to(sandbox: SandboxServer) -> None:
    """Give the provider a key of its own: the server then is the provider, and its word counts."""
    hosts = [urlsplit(sandbox.url).netloc]
    provider = set_provider(slug="mountsea", base_url=sandbox.url, allowed_hosts=hosts)
    add_key(provider=provider, label="Team", secret="ms-1234567890")


def test_a_dry_run_says_what_would_change_and_stores_nothing(
    sandbox: SandboxServer,
) -> None:
    speak_to(sandbox)
    ImageModel.objects.filter(slug="nano-banana-2").update(gone_at="2026-01-01T00:00Z")
    said = StringIO()
    call_command("sync_catalog", "--dry-run", stdout=said)
    assert said.getvalue() == "changed: nano-banana-2\nMountsea Hub: 1 different. Nothing was stored.\n"
    assert "nano-banana-2" not in offered()
    run()
    assert "nano-banana-2" in offered()


def test_what_is_gone_is_only_reported_and_what_an_admin_disabled_stays_so() -> None:
    assert "nano-banana-2" in sync(other=schema()).gone
    assert "nano-banana-2" in offered()
    ImageModel.objects.filter(slug="nano-banana-2").update(is_enabled=False)
    sync(nano_banana_2=schema())
    assert "nano-banana-2" not in offered()


def test_the_command_says_why_it_could_not_ask(settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="Mountsea's server could not be reached"):
        run()
    with pytest.raises(CommandError, match="publishes no schemas"):
        call_command("sync_catalog", "modelstream")
    with pytest.raises(CommandError, match="There is no provider “nobody”"):
        call_command("sync_catalog", "nobody")
