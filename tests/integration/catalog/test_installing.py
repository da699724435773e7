"""The catalogue in the database: installing, finding, versions, and where a provider is reached."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog, set_provider
from studio.catalog.models import ImageModel, ModelSchema, Provider
from studio.catalog.pairs import pair_of
from studio.catalog.queries import (
    AmbiguousModel,
    UnknownModel,
    edit_twin_of,
    find_model,
    models_offered,
    spec_of,
)
from studio.catalog.validation import InvalidInput, check_input, find_errors
from studio.kit.errors import StudioError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed() -> None:
    install_catalog()


def test_all_documented_models_are_offered() -> None:
    offered = [(model.provider.name, model.slug, model.name) for model in models_offered()]
    assert offered == [
        ("ModelStream", "gpt-image-2", "GPT Image 2"),
        ("Mountsea Hub", "gpt-image-2", "GPT Image 2"),
        ("Mountsea Hub", "gpt-image-2-edit", "GPT Image 2 Edit"),
        ("ModelStream", "I4G1", "Imagen 4"),
        ("Mountsea Hub", "nano-banana", "Nano Banana"),
        ("ModelStream", "NB2", "Nano Banana 2"),
        ("Mountsea Hub", "nano-banana-2", "Nano Banana 2"),
        ("Mountsea Hub", "nano-banana-2-edit", "Nano Banana 2 Image Edit"),
        ("Mountsea Hub", "nano-banana-edit", "Nano Banana Image Edit"),
        ("ModelStream", "NBP", "Nano Banana Pro"),
        ("Mountsea Hub", "nano-banana-pro", "Nano Banana Pro"),
        ("Mountsea Hub", "nano-banana-pro-edit", "Nano Banana Pro Image Edit"),
        ("ModelStream", "z-image-turbo", "Z-Image Turbo"),
    ]
    assert [provider.base_url for provider in Provider.objects.order_by("slug")] == [
        "https://api.modelstream.ai",
        "https://api.mountsea.ai",
    ]


def test_a_model_that_edits_is_the_twin_of_the_one_that_makes() -> None:
    pairs = ImageModel.objects.filter(twin_of__isnull=False).values_list("twin_of__slug", "slug")
    assert sorted(pairs) == [
        ("gpt-image-2", "gpt-image-2-edit"),
        ("nano-banana", "nano-banana-edit"),
        ("nano-banana-2", "nano-banana-2-edit"),
        ("nano-banana-pro", "nano-banana-pro-edit"),
    ]
    edit = find_model("nano-banana-2-edit")
    assert edit_twin_of(find_model("nano-banana-2")) == edit
    ImageModel.objects.filter(pk=edit.pk).update(is_enabled=False)
    assert edit_twin_of(find_model("nano-banana-2")) is None


def test_the_references_of_a_pair_are_checked_by_the_rules_of_the_one_that_edits() -> None:
    maker = find_model("nano-banana", "mountsea")
    asked = pair_of(maker).form_spec(maker)
    references = ["https://example.com/a.png"] * 10
    assert not find_errors(asked, {"prompt": "a lake", "image_urls": references})
    assert find_errors(asked, {"prompt": "a lake", "image_urls": [*references, references[0]]}).keys() == {
        "image_urls"
    }


def test_the_offer_takes_one_query(django_assert_num_queries: type) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        for model in models_offered():
            spec_of(model)


def test_installing_takes_few_queries_both_at_first_and_again(django_assert_max_num_queries: type) -> None:
    ImageModel.objects.update(schema=None)
    ModelSchema.objects.all().delete()
    ImageModel.objects.all().delete()
    for limit in (40, 14):
        with django_assert_max_num_queries(limit):  # type: ignore[attr-defined]
            install_catalog()
    assert ImageModel.objects.filter(schema__version=1).count() == 13


def test_installing_again_changes_nothing() -> None:
    set_provider(slug="mountsea", base_url="https://elsewhere.example.com")
    before = list(ModelSchema.objects.order_by("id").values())
    install_catalog()
    assert list(ModelSchema.objects.order_by("id").values()) == before
    assert Provider.objects.get(slug="mountsea").base_url == "https://elsewhere.example.com"


def test_a_changed_schema_becomes_a_new_version_and_the_old_one_stays() -> None:
    model = find_model("NB2")
    old = model.schema
    assert old is not None
    ModelSchema.objects.filter(id=old.id).update(
        digest="of-last-year", input_schema={"properties": {"prompt": {}}}
    )
    install_catalog()
    model.refresh_from_db()
    assert model.schema is not None
    assert (old.version, model.schema.version) == (1, 2)
    assert "images" in model.schema.input_schema["properties"]
    assert ModelSchema.objects.get(id=old.id).input_schema == {"properties": {"prompt": {}}}


def test_a_disabled_model_is_not_offered_and_stays_disabled() -> None:
    ImageModel.objects.filter(slug="NB2").update(is_enabled=False)
    install_catalog()
    assert "NB2" not in [model.slug for model in models_offered()]
    with pytest.raises(UnknownModel):
        find_model("NB2")


def test_finding_a_model() -> None:
    assert find_model("NB2").provider.slug == "modelstream"
    assert find_model("nb2", "modelstream").slug == "NB2"
    with pytest.raises(UnknownModel) as unknown:
        find_model("NB3")
    assert unknown.value.sentence == (
        "There is no model “NB3”. There are gpt-image-2 (modelstream), gpt-image-2 (mountsea), "
        "gpt-image-2-edit (mountsea), I4G1 (modelstream), nano-banana (mountsea), NB2 (modelstream), "
        "nano-banana-2 (mountsea), nano-banana-2-edit (mountsea), nano-banana-edit (mountsea), NBP (modelstream), "
        "nano-banana-pro (mountsea), nano-banana-pro-edit (mountsea) and z-image-turbo (modelstream)."
    )
    with pytest.raises(
        UnknownModel,
        match=r"no model “NB2” at mountsea\. There are gpt-image-2 \(mountsea\), gpt-image-2-edit",
    ):
        find_model("NB2", "mountsea")


def test_a_model_of_two_providers_must_be_told_apart() -> None:
    ImageModel.objects.filter(slug="NB2").update(slug="nano-banana-2")
    with pytest.raises(AmbiguousModel, match="Say which one: modelstream or mountsea"):
        find_model("nano-banana-2")
    assert find_model("nano-banana-2", "mountsea").provider.slug == "mountsea"


def test_an_input_is_checked_against_the_stored_schema() -> None:
    check_input(find_model("NB2"), {"prompt": "a lake", "images": [{"upload": 3}]})
    with pytest.raises(InvalidInput) as refusal:
        check_input(find_model("NB2"), {"size": "5:3", "num_images": 2})
    assert set(refusal.value.errors) == {"prompt", "size", "num_images"}
    assert refusal.value.errors["prompt"] in refusal.value.sentence


def test_setting_a_provider_is_written_down_without_its_address() -> None:
    said = StringIO()
    call_command(
        "set_provider",
        "modelstream",
        "--base-url",
        "http://127.0.0.1:9000/",
        "--allow-host",
        "127.0.0.1:9000",
        "files.internal:8443",
        stdout=said,
    )
    provider = Provider.objects.get(slug="modelstream")
    assert provider.base_url == "http://127.0.0.1:9000"
    assert provider.allowed_hosts == ["127.0.0.1:9000", "files.internal:8443"]
    assert said.getvalue() == "ModelStream is reached at http://127.0.0.1:9000.\n"
    entry = AuditEntry.objects.get(verb="provider.set")
    assert (entry.actor_id, entry.subject_id, entry.details) == (None, provider.id, {"allowed_hosts": 2})


@pytest.mark.parametrize(
    ("slug", "base_url", "hosts", "sentence"),
    [
        ("mountains", "https://example.com", [], "There is no provider “mountains”."),
        ("mountsea", "http://example.com", [], "is not https"),
        ("mountsea", "https://127.0.0.1", [], "not on the public internet"),
        ("mountsea", "nonsense", [], "must begin with https://"),
        ("mountsea", "https://example.com", ["example.com"], "is not of the form host:port"),
        ("mountsea", "https://example.com", ["example.com:70000"], "is not of the form host:port"),
    ],
)
def test_an_unusable_address_changes_nothing(
    slug: str, base_url: str, hosts: list[str], sentence: str
) -> None:
    before = list(Provider.objects.order_by("id").values())
    with pytest.raises(StudioError) as refusal:
        set_provider(slug=slug, base_url=base_url, allowed_hosts=hosts)
    assert sentence in refusal.value.sentence
    assert list(Provider.objects.order_by("id").values()) == before


def test_the_command_says_what_is_wrong() -> None:
    with pytest.raises(CommandError, match="There is no provider “mountains”"):
        call_command("set_provider", "mountains", "--base-url", "https://example.com")
