"""The editor of a model's form: what is kept, what is refused with which sentence, and what people then get."""

from typing import Any

import pytest

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel, Provider
from studio.catalog.queries import find_model, spec_of
from studio.catalog.syncing import Listing, store_listing
from studio.catalog.values import complete
from studio.generation.models import Batch, Generation
from studio.providers.types import ListedModel, ModelDetail
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast

pytestmark = pytest.mark.any_database

STUDIO = "/p/spring/"
HTMX = {"HX-Request": "true"}


def page_of(model: ImageModel) -> str:
    return f"/admin/catalogue/{model.pk}/overlay/"


def shown(client: StrictClient, address: str) -> Element:
    return parse(client.get(address).content.decode())


def number_of(model: ImageModel, name: str) -> int:
    """Return the place of a field in the editor, which lists what the model asks for by itself."""
    fresh = ImageModel.objects.select_related("provider", "schema").get(pk=model.pk)
    fresh.overlay = {}
    return [field.name for field in spec_of(fresh).shown].index(name)


def typed(client: StrictClient, model: ImageModel, **changes: Any) -> dict[str, Any]:
    """Return the editor as a browser would send it, with these changes: `resolution__preset="2K"`."""
    form = shown(client, page_of(model)).find("#overlay")
    sent = {}
    for each in form.walk():
        name = each.attrs.get("name", "")
        if each.tag not in ("input", "select", "textarea") or not name:
            continue
        if each.tag == "select":
            sent[name] = next(
                (o.attrs["value"] for o in each.find_all("option") if "selected" in o.attrs), ""
            )
        elif each.tag == "textarea":
            sent[name] = "".join(map(str, each.children)).removeprefix("\n")
        elif each.attrs.get("type") != "checkbox" or "checked" in each.attrs:
            sent[name] = each.attrs.get("value", "")
    for change, value in changes.items():
        field, _, key = change.rpartition("__")
        sent[f"{key}-{number_of(model, field)}" if field else key] = value
    return {name: value for name, value in sent.items() if value is not None}


def save(client: StrictClient, model: ImageModel, **changes: Any) -> Any:
    return client.post(page_of(model), typed(client, model, **changes))


def refusal(client: StrictClient, model: ImageModel, **changes: Any) -> dict[str, str]:
    """Send the editor, and return the sentences beside its controls."""
    answer = save(client, model, **changes)
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    wrong = page.find_all("[aria-invalid=true]")
    assert not ImageModel.objects.get(pk=model.pk).overlay
    return {
        each.attrs["name"].rpartition("-")[0] or each.attrs["name"]: page.find(
            f"#{each.attrs['aria-describedby']}"
        ).text()
        for each in wrong
    }


def form_of(client: StrictClient, model: ImageModel) -> Element:
    return shown(client, f"{STUDIO}?model=mountsea:{model.slug}").find("#composer-form")


def press(client: StrictClient, model: ImageModel, **sent: str) -> Any:
    data = {"model": str(model.pk), "was": str(model.pk), "in-prompt": "A lake", **sent}
    return client.post(f"{STUDIO}generate", data, headers=HTMX)


def test_an_editor_that_is_sent_as_it_is_says_nothing(admin: StrictClient, model: ImageModel) -> None:
    for each in ImageModel.objects.order_by("id"):
        assert save(admin, each).status_code == 302
        assert ImageModel.objects.get(pk=each.pk).overlay == {}
    assert not AuditEntry.objects.filter(verb="model.revised").exists()


def test_words_and_what_a_field_begins_with_are_what_people_see(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    answer = save(
        admin,
        model,
        name="Banana <Two>",
        resolution__title="Sharpness",
        seed__help="Any number & no more.",
        resolution__preset="2K",
    )
    assert answer.headers["Location"] == page_of(model)
    form = form_of(cast.client(cast.contributor), model)
    assert "Sharpness" in form.text()
    assert "Any number & no more." in form.text()
    assert "Banana <Two>" in form.find("#model-choice").text()
    chosen = [
        each.attrs["value"] for each in form.find_all("[name=in-resolution]") if "checked" in each.attrs
    ]
    assert chosen == ["2K"]
    install_catalog()
    assert ImageModel.objects.get(pk=model.pk).name == "Banana <Two>"
    entry = AuditEntry.objects.get(verb="model.revised")
    before, after = entry.details["overlay"]
    assert (before, after["fields"]["resolution"]) == ({}, {"title": "Sharpness", "preset": "2K"})


def test_a_hidden_field_is_sent_as_it_is_fixed_and_by_nobody_otherwise(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    save(admin, model, resolution__hidden="1", resolution__fixed="1K", seed__hidden="1")
    client = cast.client(cast.contributor)
    form = form_of(client, model)
    assert not form.find_all("[name=in-resolution]")
    assert not form.find_all("[name=in-seed]")
    assert press(client, model).status_code == 200
    given = Batch.objects.get().input
    assert (given["resolution"], "seed" in given) == ("1K", False)
    smuggled = press(client, model, **{"in-resolution": "4K"})
    assert smuggled.status_code == 422
    assert "This model has no parameter “resolution”" in parse(smuggled.content.decode()).text()
    assert (
        complete(spec_of(find_model("nano-banana-2", "mountsea")), {"prompt": "A lake"})["resolution"] == "1K"
    )


def test_what_was_made_before_stays_readable_but_is_not_made_again_otherwise(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    client = cast.client(cast.contributor)
    press(client, model, **{"in-resolution": "2K"})
    earlier = Generation.objects.get()
    save(admin, model, resolution__hidden="1", resolution__fixed="1K")
    detail = client.get(f"{STUDIO}generations/{earlier.pk}/")
    assert detail.status_code == 200
    assert "2K" in parse(detail.content.decode()).text()
    Generation.objects.update(status="failed", finished_at=earlier.created_at)
    again = client.post(f"{STUDIO}generations/{earlier.pk}/retry", headers=HTMX)
    assert again.status_code == 409
    assert "can't be changed here" in parse(again.content.decode()).text()
    assert press(client, model).status_code == 200
    assert Batch.objects.latest("id").input["resolution"] == "1K"


def test_a_field_is_told_to_be_the_number_of_images(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    sheet = {
        "type": "object",
        "properties": {"prompt": {"type": "string"}, "how_many": {"type": "integer", "maximum": 3}},
        "required": ["prompt"],
    }
    listing = Listing((ListedModel("bird-1", "Bird"),), {"bird-1": ModelDetail(sheet, {})})
    store_listing(provider=Provider.objects.get(slug="mountsea"), listing=listing)
    bird = find_model("bird-1")
    save(admin, bird, how_many__role="count")
    press(cast.client(cast.contributor), bird, **{"in-how_many": "3"})
    assert Generation.objects.get().images_asked == 3


def test_limits_can_only_be_narrower_and_hold_at_the_press(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    assert refusal(admin, model, num_images__maximum="9", prompt__max_length="many") == {
        "maximum": "The model takes at most 4: a limit can only be narrower.",
        "max_length": "A whole number, or nothing.",
    }
    assert refusal(admin, model, num_images__maximum="2", num_images__minimum="3") == {
        "minimum": "The least is more than the most."
    }
    save(admin, model, num_images__maximum="2", prompt__max_length="10")
    client = cast.client(cast.contributor)
    refused = press(client, model, **{"in-num_images": "3", "in-prompt": "A lake at dawn"})
    text = parse(refused.content.decode()).text()
    assert "Images must be from 1 to 2." in text
    assert "Prompt must have at most 10 characters; this has 14." in text


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"resolution__preset": "9K"}, {"preset": "Resolution has no option “9K”"}),
        ({"resolution__hidden": "1", "resolution__fixed": "9K"}, {"fixed": "Resolution has no option “9K”"}),
        ({"num_images__preset": "7"}, {"preset": "Images must be from 1 to 4."}),
        ({"num_images__preset": "3", "num_images__maximum": "2"}, {"preset": "Images must be from 1 to 2."}),
        ({"seed__preset": "<x>"}, {"preset": "Seed must be a whole number, not “<x>”."}),
        ({"resolution__title": "x" * 81}, {"title": "At most 80 characters; these are 81."}),
        ({"seed__role": "prompt"}, {"role": "A field of this kind can’t have this role."}),
        ({"num_images__role": "seed"}, {"role": "Seed has this role already."}),
        ({"system_prompt__role": "prompt"}, {"role": "Prompt has this role already."}),
        ({"prompt__role": ""}, {"role": "A form needs a prompt, or images to start from."}),
        ({"name": "x" * 121}, {"name": "A name has at most 120 characters."}),
    ],
)
def test_what_the_model_would_not_take_has_a_sentence_at_its_field(
    admin: StrictClient, model: ImageModel, changes: dict[str, str], sentences: dict[str, str]
) -> None:
    found = refusal(admin, model, **changes)
    assert found.keys() == sentences.keys()
    for key, sentence in sentences.items():
        assert sentence in found[key]


def test_what_is_needed_can_not_be_hidden_without_a_value(admin: StrictClient, model: ImageModel) -> None:
    assert "hidden" not in [each.rpartition("-")[0] for each in typed(admin, model)]
    for changes in ({"prompt__hidden": "1"}, {"prompt__hidden": "1", "prompt__fixed": "A lake"}):
        answer = save(admin, model, **changes)
        assert answer.status_code == 422
    edit = find_model("nano-banana-2-edit", "mountsea")
    assert refusal(admin, edit, image_urls__hidden="1") == {
        "hidden": "The model needs its images, so it can’t be hidden."
    }


def test_a_needed_field_is_hidden_with_what_is_sent_for_it(cast: Cast, admin: StrictClient) -> None:
    install_catalog()
    sheet = {
        "type": "object",
        "properties": {"prompt": {"type": "string"}, "style": {"type": "string"}},
        "required": ["prompt", "style"],
    }
    listing = Listing((ListedModel("bird-1", "Bird"),), {"bird-1": ModelDetail(sheet, {})})
    store_listing(provider=Provider.objects.get(slug="mountsea"), listing=listing)
    bird = find_model("bird-1")
    assert refusal(admin, bird, style__hidden="1") == {
        "fixed": "The model needs it: say what is sent while it is hidden."
    }
    save(admin, bird, style__hidden="1", style__fixed="flat")
    assert press(cast.client(cast.contributor), bird).status_code == 200
    assert Batch.objects.get().input == {"prompt": "A lake", "style": "flat"}


def test_the_preview_is_the_form_that_people_get_with_what_was_changed_marked(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    before = admin.get(page_of(model))
    changes = {"resolution__title": "Sharpness", "seed__hidden": "1"}
    sent = typed(admin, model, **changes)
    answer = admin.post(f"{page_of(model)}preview/", sent, headers=HTMX)
    preview = parse(answer.content.decode())
    assert [each.attrs["data-field"] for each in preview.find_all(".hlf")] == ["resolution"]
    assert "Valid" in preview.text()
    assert "Hidden: seed" in " ".join(preview.text().split())
    assert not ImageModel.objects.get(pk=model.pk).overlay
    admin.post(page_of(model), sent)
    assert_swap_equals_reload(
        admin, page_of(model), answer, before=before, by="#overlay", inside="#overlay-preview"
    )
    fields = {
        each.attrs["name"] for each in preview.find_all("[name]") if each.attrs["name"].startswith("in-")
    }
    theirs = {
        each.attrs["name"]
        for each in form_of(cast.client(cast.contributor), model).find_all("[name]")
        if each.attrs["name"].startswith("in-") and "image_urls" not in each.attrs["name"]
    }
    assert fields == theirs
    wrong = typed(admin, model, resolution__preset="9K")
    answer = admin.post(f"{page_of(model)}preview/", wrong, headers=HTMX)
    assert "Not valid yet" in parse(answer.content.decode()).text()


def test_a_reset_takes_all_back(admin: StrictClient, model: ImageModel) -> None:
    save(admin, model, name="Banana", seed__hidden="1")
    admin.post(f"{page_of(model)}reset/")
    fresh = ImageModel.objects.get(pk=model.pk)
    assert (fresh.overlay, fresh.name) == ({}, "Nano Banana 2")
    assert AuditEntry.objects.filter(verb="model.revised").count() == 2


def test_what_is_said_holds_with_a_newer_schema_as_far_as_it_fits(
    admin: StrictClient, model: ImageModel
) -> None:
    save(admin, model, resolution__preset="2K", seed__title="Number")
    newer = {
        "type": "object",
        "properties": {
            "prompt": {"type": "string"},
            "resolution": {"enum": ["1K", "8K"]},
            "seed": {"type": "integer"},
        },
        "required": ["prompt"],
    }
    listing = Listing((ListedModel(model.slug),), {model.slug: ModelDetail(newer, {})})
    store_listing(provider=model.provider, listing=listing)
    form = form_of(admin, model)
    assert "Number" in form.text()
    assert not [
        each
        for each in form.find_all("[name=in-resolution]")
        if "checked" in each.attrs and each.attrs["value"]
    ]
    assert "Resolution has no option “2K”" in shown(admin, page_of(model)).text()


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten_unseen(
    admin: StrictClient, model: ImageModel
) -> None:
    ours = typed(admin, model, prompt__help="Say it in English.", name="Banana")
    admin.post(page_of(model), typed(admin, model, prompt__title="Words", name="Plantain"))
    answer = admin.post(page_of(model), ours)
    assert answer.status_code == 409
    page = parse(answer.content.decode())
    assert "somebody else has changed this form meanwhile" in page.find("[role=alert]").text()
    assert page.find("#overlay [name=name]").attrs["value"] == "Banana"
    assert shown(admin, page_of(model)).find("#overlay [name=name]").attrs["value"] == "Plantain"
    # Once more, knowing it, is on purpose.
    again = {**ours, "seen": page.find("#overlay [name=seen]").attrs["value"]}
    assert admin.post(page_of(model), again).status_code == 302
    assert shown(admin, page_of(model)).find("#overlay [name=name]").attrs["value"] == "Banana"


def test_a_reset_takes_nothing_back_that_was_not_shown(admin: StrictClient, model: ImageModel) -> None:
    admin.post(page_of(model), typed(admin, model, name="Banana"))
    ours = typed(admin, model)
    admin.post(page_of(model), typed(admin, model, name="Plantain"))
    answer = admin.post(f"{page_of(model)}reset/", ours)
    assert answer.status_code == 409
    page = parse(answer.content.decode())
    assert page.find("#overlay [name=name]").attrs["value"] == "Plantain"
    assert "somebody else has changed this form meanwhile" in page.find("[role=alert]").text()
    assert shown(admin, page_of(model)).find("#overlay [name=name]").attrs["value"] == "Plantain"


def test_two_who_save_the_same_are_not_disturbed(admin: StrictClient, model: ImageModel) -> None:
    ours = typed(admin, model, name="Banana")
    admin.post(page_of(model), typed(admin, model, name="Banana"))
    assert admin.post(page_of(model), ours).status_code == 302


def test_a_mistake_does_not_hide_what_somebody_else_has_changed(
    admin: StrictClient, model: ImageModel
) -> None:
    ours = typed(admin, model, name="Banana")
    admin.post(page_of(model), typed(admin, model, name="Plantain"))
    wrong = admin.post(page_of(model), {**ours, "name": "B" * 200})
    assert wrong.status_code == 422
    seen = parse(wrong.content.decode()).find("#overlay [name=seen]").attrs["value"]
    assert admin.post(page_of(model), {**ours, "seen": seen}).status_code == 409
    assert shown(admin, page_of(model)).find("#overlay [name=name]").attrs["value"] == "Plantain"
