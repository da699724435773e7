"""A model that an admin adds by hand: its schema pasted or as a file, looked at first, and then one like any other."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel, Provider
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import find_model
from studio.catalog.syncing import Listing
from studio.generation.models import Batch
from studio.providers.types import ListedModel, ModelDetail
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.cast import Cast

pytestmark = pytest.mark.any_database

PAGE, DIFFERENCES = "/admin/catalogue/add/", "/admin/catalogue/differences/"
SHEET: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string"},
        "style": {"enum": ["flat", "<deep>"]},
        "wings": {"type": "integer", "minimum": 0, "maximum": 4},
    },
    "required": ["prompt"],
}


@pytest.fixture
def hub(db: None) -> Provider:
    install_catalog()
    return Provider.objects.get(slug="mountsea")


def send(client: StrictClient, hub: Provider, **changes: Any) -> Any:
    given = {"provider": hub.pk, "slug": "bird-1", "name": "Bird <1>", "schema": json.dumps(SHEET), **changes}
    return client.post(PAGE, {name: value for name, value in given.items() if value is not None})


def refused(client: StrictClient, hub: Provider, **changes: Any) -> Element:
    answer = send(client, hub, **changes)
    assert answer.status_code == 422
    assert not ImageModel.objects.filter(slug="bird-1").exists()
    return parse(answer.content.decode())


def test_a_model_is_added_offered_and_used_like_any_other(
    cast: Cast, admin: StrictClient, hub: Provider
) -> None:
    answer = send(admin, hub)
    bird = find_model("bird-1", "mountsea")
    assert answer.headers["Location"] == f"/admin/catalogue/{bird.pk}/"
    assert (bird.name, bird.listed_name, bird.schema.version) == ("Bird <1>", "Bird <1>", 1)  # type: ignore[union-attr]
    client = cast.client(cast.contributor)
    form = parse(client.get("/p/spring/?model=mountsea:bird-1").content.decode())
    assert [each.attrs["max"] for each in form.find_all("[name=in-wings]") if "max" in each.attrs][:1] == [
        "4"
    ]
    sent = {"model": str(bird.pk), "was": str(bird.pk), "in-prompt": "A lake", "in-style": "<deep>"}
    assert client.post("/p/spring/generate", sent, headers={"HX-Request": "true"}).status_code == 200
    assert Batch.objects.get().input == {"prompt": "A lake", "style": "<deep>"}
    entry = AuditEntry.objects.get(verb="model.added")
    assert (entry.subject_id, entry.details) == (bird.pk, {"schema": [None, bird.schema_id]})


def test_the_form_is_looked_at_before_anything_is_kept(admin: StrictClient, hub: Provider) -> None:
    answer = send(admin, hub, preview="1")
    assert answer.status_code == 200
    page = parse(answer.content.decode())
    names = [each.attrs["data-field"] for each in page.find_all(".overlay-preview [data-field]")]
    assert sorted(names) == ["prompt", "style", "wings"]
    assert "<deep>" in page.find(".overlay-preview").text()
    assert json.loads(page.find("[name=schema]").text()) == SHEET
    assert not ImageModel.objects.filter(slug="bird-1").exists()


def test_a_file_takes_the_place_of_what_was_pasted_and_is_not_lost(
    admin: StrictClient, hub: Provider
) -> None:
    file = SimpleUploadedFile("bird.json", b"\xef\xbb\xbf" + json.dumps(SHEET).encode())
    page = parse(send(admin, hub, schema="nonsense", file=file, preview="1").content.decode())
    assert json.loads(page.find("[name=schema]").text()) == SHEET


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste the schema, or choose its file."),
        ('{"type":\n  oops}', "This is no JSON: see line 2, column 3."),
        ("[1, 2]", "This is no JSON object, so it is no schema."),
        ('{"type": NaN}', "This is no JSON that can be read."),
        ("[" * 100_000, "This is nested too deeply to be read."),
        ('{"type": "object"}', "The schema has no properties, so there is nothing to ask for."),
        ('{"properties": {"words": {"type": "string"}}}', "neither a prompt nor an image"),
        ('{"properties": {"prompt": {"type": "string", "pattern": "("}}}', "not a valid JSON Schema"),
        ('{"properties": {"prompt": {"description": "a\\u0000b"}}}', "contains a NUL character"),
        ('{"properties": {"prompt": {"title": "half a \\ud83d"}}}', "contains half a character"),
        ('{"properties": {"prompt": {}, "half a \\udc00": {}}}', "contains half a character"),
        ('{"a": "' + "x" * 256 * 1024 + '"}', "The schema is larger than 256 KB."),
    ],
)
def test_a_schema_that_can_not_be_used_has_a_sentence_and_comes_back(
    admin: StrictClient, hub: Provider, text: str, sentence: str
) -> None:
    page = refused(admin, hub, schema=text)
    assert sentence in page.find("#id_schema_error").text()
    assert page.find("[name=slug]").attrs["value"] == "bird-1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{" + b" " * 256 * 1024 + b"}", "The file is larger than 256 KB."),
        (b"\xff\xfe\x00", "The file is no text in UTF-8."),
    ],
)
def test_a_file_that_can_not_be_used_has_a_sentence(
    admin: StrictClient, hub: Provider, content: bytes, sentence: str
) -> None:
    page = refused(admin, hub, file=SimpleUploadedFile("bird.json", content))
    assert sentence in page.find("#id_schema_error").text()


@pytest.mark.parametrize(
    ("changes", "control", "sentence"),
    [
        ({"slug": ""}, "slug", "Say what the provider calls it."),
        ({"slug": "a b<"}, "slug", "An id has letters, digits and - _ . : / @ only."),
        ({"slug": "nano-banana-2"}, "slug", "Mountsea Hub has a model with this id already: Nano Banana 2."),
        ({"provider": None}, "provider", "Choose a provider."),
    ],
)
def test_an_id_that_can_not_be_used_has_a_sentence(
    admin: StrictClient, hub: Provider, changes: dict[str, Any], control: str, sentence: str
) -> None:
    assert sentence in refused(admin, hub, **changes).find(f"#id_{control}_error").text()


def test_no_list_has_to_have_it(admin: StrictClient, hub: Provider) -> None:
    send(admin, hub)
    propose_listing(provider=hub, listing=Listing((), {}))
    gone = hub.proposals.values_list("slug", flat=True)
    assert "nano-banana-2" in gone
    assert "bird-1" not in gone


def test_what_is_added_by_hand_is_no_longer_a_difference(admin: StrictClient, hub: Provider) -> None:
    listed = Listing((ListedModel("bird-1", "Bird", ""),), {"bird-1": ModelDetail(SHEET, {})})
    propose_listing(provider=hub, listing=listed)
    assert "bird-1" in parse(admin.get(DIFFERENCES).content.decode()).text()
    send(admin, hub)
    assert "bird-1" not in parse(admin.get(DIFFERENCES).content.decode()).find("main").text()


def test_a_model_and_its_editing_twin_that_are_added_are_one_entry(
    admin: StrictClient, hub: Provider
) -> None:
    send(admin, hub)
    references = {"image_urls": {"type": "array", "items": {"type": "string"}}}
    sheet = {"type": "object", "properties": {**SHEET["properties"], **references}}
    answer = send(
        admin,
        hub,
        slug="bird-1-edit",
        name="",
        schema=json.dumps({**sheet, "required": ["prompt", "image_urls"]}),
    )
    maker, edit = find_model("bird-1"), find_model("bird-1-edit")
    assert (edit.twin_of_id, edit.name) == (maker.pk, "bird-1-edit")
    assert answer.headers["Location"] == f"/admin/catalogue/{maker.pk}/"
