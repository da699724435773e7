"""The model picker, and the two models that are one entry of it, as a browser meets them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from studio.catalog.actions import add_version, install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.generation.models import Batch, Generation, Upload
from studio.keys.actions import ensure_sandbox_keys
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.rules import assert_clean_markup
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_upload

pytestmark = pytest.mark.any_database

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(cast: Cast, settings: Settings) -> StrictClient:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    install_catalog()
    ensure_sandbox_keys()
    return cast.client(cast.contributor)


def page(response: object) -> Element:
    return parse(response.content.decode())  # type: ignore[attr-defined]


def value_of(root: Element, selector: str) -> str:
    found = root.find(selector)
    assert found, f"nothing fits {selector}"
    return found.attrs.get("value", "")


def control(root: Element, name: str) -> Element | None:
    return root.find(f"[name={name}]")


def what_waits(root: Element) -> dict[str, str]:
    """Return the values that a form keeps for another one, as a browser sends them along."""
    hidden = {each.attrs["name"]: each.attrs["value"] for each in root.find_all("input[type=hidden]")}
    return {name: value for name, value in hidden.items() if name.startswith("waiting.")}


def the(slug: str, provider: str = "mountsea") -> ImageModel:
    return find_model(slug, provider)


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("fjord.png", encode(), "image/png")


def test_the_list_names_each_entry_once(browser: StrictClient) -> None:
    chosen = the("nano-banana-2")
    response = browser.get(f"/p/spring/models?model={chosen.pk}", headers=HTMX)
    assert_clean_markup(response.content.decode())
    rows = page(response).find_all(".model-row")
    names = [row.find(".nm").text() for row in rows if row.find(".nm")]  # type: ignore[union-attr]
    assert len(names) == 9
    assert "Nano Banana 2 Mountsea Hub · generate and edit" in names
    assert "Nano Banana Pro ModelStream · edit" in names
    assert [row.attrs["value"] for row in rows if "aria-current" in row.attrs] == [str(chosen.pk)]


def test_the_list_tells_the_usual_time_of_a_model(browser: StrictClient, cast: Cast) -> None:
    for _ in range(3):
        make_generation(make_batch(cast.project, cast.contributor))
    rows = page(browser.get("/p/spring/models", headers=HTMX)).find_all(".model-row")
    times = {row.attrs["value"]: time.text() for row in rows if (time := row.find(".usual"))}
    assert times[str(the("nano-banana-2").pk)].startswith("Usually 11 s")
    assert [words for words in times.values() if words] == [times[str(the("nano-banana-2").pk)]]


def test_a_page_of_two_hundred_models_costs_as_many_queries_and_the_studio_carries_none_of_them(
    browser: StrictClient,
) -> None:
    def more() -> None:
        provider = the("nano-banana-2").provider
        for _ in range(20):
            number = ImageModel.objects.count()
            model = ImageModel.objects.create(provider=provider, slug=f"m-{number}", name=f"Model {number}")
            model.schema, _ = add_version(model, {"properties": {"prompt": {"type": "string"}}}, {})
            model.save()

    assert_same_queries(browser, "/p/spring/models", more)
    assert_same_queries(browser, "/p/spring/", more)
    assert b"Model 2" not in browser.get("/p/spring/").content


def test_without_script_the_choice_takes_along_what_was_typed(browser: StrictClient) -> None:
    shown = page(browser.get("/p/spring/?model=modelstream:NB2"))
    button = shown.find("#model-button")
    assert button
    typed = {"was": value_of(shown, "[name=was]"), "model": value_of(shown, "[name=model]")}
    typed |= {"in-prompt": "A quiet fjord", "in-size": "4:5", "calls": "2"}
    models = page(browser.post(button.attrs["formaction"], {**typed, "in-images": picture()}))
    form = models.find("form.picker-list")
    assert form
    hidden = {each.attrs["name"]: each.attrs["value"] for each in form.find_all("input[type=hidden]")}
    upload = Upload.objects.get()
    assert hidden["in-images"] == f"upload:{upload.pk}"
    chosen = the("nano-banana-2")
    answer = page(browser.post(form.attrs["action"], {**hidden, "model": str(chosen.pk)}))
    assert "A quiet fjord" in answer.text()
    assert value_of(answer, "[name=in-aspect_ratio][checked]") == "4:5"
    assert value_of(answer, "[name=in-image_urls][checked]") == f"upload:{upload.pk}"
    assert value_of(answer, "[name=was]") == str(the("nano-banana-2-edit").pk)


def test_a_model_with_a_twin_takes_references_and_its_twin_is_called(browser: StrictClient) -> None:
    shown = page(browser.get("/p/spring/?model=mountsea:nano-banana-2"))
    field = shown.find("upload-field")
    assert field
    assert field.attrs["data-limit"] == "14"
    assert control(shown, "in-system_prompt")
    typed = {
        "was": value_of(shown, "[name=was]"),
        "model": value_of(shown, "[name=model]"),
        "in-prompt": "Snow on it",
        "in-aspect_ratio": "4:5",
        "in-num_images": "2",
        "in-system_prompt": "Be kind",
        "in-image_urls": picture(),
    }
    answer = page(browser.post("/p/spring/form", typed, headers=HTMX))
    upload = Upload.objects.get()
    assert value_of(answer, "[name=in-image_urls][checked]") == f"upload:{upload.pk}"
    assert value_of(answer, "[name=in-aspect_ratio][checked]") == "4:5"
    assert "With references, this model doesn’t take over: System prompt." in answer.text()
    assert control(answer, "in-system_prompt") is None
    assert value_of(answer, "[name=was]") == str(the("nano-banana-2-edit").pk)
    assert value_of(answer, "[name=model]") == str(the("nano-banana-2").pk)
    assert "Generate 2 images" in answer.text()
    assert "What is left out is kept, and comes back when the references are removed." in answer.text()
    back = {
        "was": value_of(answer, "[name=was]"),
        "model": typed["model"],
        "in-prompt": "Snow on it",
        "in-aspect_ratio": "4:5",
        **what_waits(answer),
    }
    without = page(browser.post("/p/spring/form", back, headers=HTMX))
    assert value_of(without, "[name=was]") == str(the("nano-banana-2").pk)
    system_prompt = control(without, "in-system_prompt")
    assert system_prompt
    assert system_prompt.text() == "Be kind"
    assert "Back again: System prompt." in without.text()
    assert what_waits(without) == {}
    assert value_of(without, "[name=in-aspect_ratio][checked]") == "4:5"


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_what_waits_is_never_sent_and_outlives_a_press(
    browser: StrictClient, cast: Cast, headers: dict[str, str]
) -> None:
    maker, edit = the("nano-banana-2"), the("nano-banana-2-edit")
    upload = make_upload(cast.project, cast.contributor)
    sent = {"was": str(edit.pk), "model": str(maker.pk), "in-image_urls": f"upload:{upload.pk}"}
    sent |= {"waiting..system_prompt": "Be kind", "marked": "1"}
    refused = page(browser.post("/p/spring/generate", sent, headers=headers))
    assert what_waits(refused) == {"waiting..system_prompt": "Be kind"}
    taken = browser.post("/p/spring/generate", {**sent, "in-prompt": "Snow on it"}, headers=HTMX)
    assert what_waits(page(taken)) == {"waiting..system_prompt": "Be kind"}
    batch = Batch.objects.get()
    assert batch.model == edit
    assert "Be kind" not in str(batch.input)


def test_without_script_what_waits_goes_along_through_the_list_of_models(browser: StrictClient) -> None:
    plain, hub = the("z-image-turbo", "modelstream"), the("nano-banana-2")
    typed = {
        "was": str(hub.pk),
        "model": str(plain.pk),
        "in-prompt": "A fjord",
        "in-system_prompt": "Be kind",
    }
    shown = page(browser.post("/p/spring/form", typed))
    assert "What is left out is kept, and comes back with a model that takes it." in shown.text()
    sent = {"was": str(plain.pk), "model": str(plain.pk), "in-prompt": "A fjord", **what_waits(shown)}
    carried = page(browser.post("/p/spring/models", sent)).find("form.picker-list")
    assert carried
    again = {each.attrs["name"]: each.attrs["value"] for each in carried.find_all("input[type=hidden]")}
    back = control(page(browser.post("/p/spring/form", {**again, "model": str(hub.pk)})), "in-system_prompt")
    assert back
    assert back.text() == "Be kind"


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_press_with_the_first_reference_shows_the_right_form_first_and_keeps_the_file(
    browser: StrictClient, headers: dict[str, str]
) -> None:
    maker, edit = the("gpt-image-2"), the("gpt-image-2-edit")
    typed = {"was": str(maker.pk), "model": str(maker.pk), "in-prompt": "A rainbow", "in-quality": "low"}
    response = browser.post("/p/spring/generate", {**typed, "in-image_urls": picture()}, headers=headers)
    assert response.status_code == 200
    shown = page(response)
    kept = value_of(shown, "[name=in-image_urls][checked]")
    assert kept == f"upload:{Upload.objects.get().pk}"
    assert control(shown, "in-mask_url")
    assert not Batch.objects.exists()
    sent = {**typed, "was": value_of(shown, "[name=was]"), "in-image_urls": kept}
    assert browser.post("/p/spring/generate", sent, headers=HTMX).status_code == 200
    batch = Batch.objects.get()
    assert (batch.model, batch.schema) == (edit, edit.schema)
    assert Generation.objects.get().model == edit
    assert "GPT Image 2 Edit" not in page(browser.get("/p/spring/")).text()


def test_what_names_no_form_of_its_own_is_judged_by_its_references(browser: StrictClient, cast: Cast) -> None:
    upload = make_upload(cast.project, cast.contributor)
    sent = {"model": "mountsea:nano-banana", "in-prompt": "Bluer", "in-image_urls": f"upload:{upload.pk}"}
    assert browser.post("/p/spring/generate", sent, headers=HTMX).status_code == 200
    assert Batch.objects.get().model == the("nano-banana-edit")


def test_settings_of_an_edit_open_the_same_entry_with_its_references(
    browser: StrictClient, cast: Cast
) -> None:
    upload = make_upload(cast.project, cast.contributor)
    batch = make_batch(cast.project, cast.manager, prompt="Snow", image_urls=[{"upload": upload.pk}])
    edit = the("nano-banana-2-edit")
    Batch.objects.filter(pk=batch.pk).update(model=edit, schema=edit.schema_id)
    batch.refresh_from_db()
    generation = make_generation(batch)
    form = page(browser.get(f"/p/spring/form?reuse={generation.pk}", headers=HTMX))
    assert value_of(form, "[name=model]") == str(the("nano-banana-2").pk)
    assert value_of(form, "[name=was]") == str(edit.pk)
    assert value_of(form, "[name=in-image_urls][checked]") == f"upload:{upload.pk}"


def test_a_twin_that_is_disabled_takes_the_references_away(browser: StrictClient) -> None:
    ImageModel.objects.filter(slug="nano-banana-2-edit").update(is_enabled=False)
    shown = page(browser.get("/p/spring/?model=mountsea:nano-banana-2"))
    assert shown.find("upload-field") is None
    assert shown.find("twin-switch") is None


def test_a_maker_that_is_disabled_leaves_its_twin_alone(browser: StrictClient) -> None:
    edit = the("nano-banana-2-edit")
    ImageModel.objects.filter(slug="nano-banana-2").update(is_enabled=False)
    shown = page(browser.get("/p/spring/?model=mountsea:nano-banana-2-edit"))
    assert value_of(shown, "[name=model]") == value_of(shown, "[name=was]") == str(edit.pk)
    assert "Nano Banana 2 Image Edit" in browser.get("/p/spring/models").content.decode()
