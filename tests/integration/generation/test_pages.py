"""The studio page: its composer, its feed and the press of the button, as a browser meets them."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.generation.models import Batch, Generation, Status, Upload
from studio.keys.actions import ensure_sandbox_keys
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, make_upload

pytestmark = pytest.mark.any_database

HTMX = {"HX-Request": "true"}
FJORD = {"model": "mountsea:nano-banana-2", "in-prompt": "A quiet fjord", "in-num_images": "2"}


@pytest.fixture
def browser(cast: Cast, settings: Settings) -> StrictClient:
    """The contributor's browser, with models to choose from and the sandbox behind them."""
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


def test_first_visit_offers_the_documented_examples(browser: StrictClient) -> None:
    first = page(browser.get("/p/spring/")).find(".first")
    assert first
    assert "Make the first image" in first.text()
    assert "black lab swimming" in first.text()
    assert "editorial portrait" in first.text()


def test_an_example_fills_the_form_and_sends_nothing(browser: StrictClient) -> None:
    shown = page(browser.get("/p/spring/?example=modelstream:NB2"))
    prompt = shown.find("textarea[name=in-prompt]")
    assert prompt
    assert "editorial portrait" in prompt.text()
    assert value_of(shown, "input[name=model]") == value_of(shown, "input[name=was]")
    assert not Batch.objects.exists()


def test_generate_queues_and_shows_the_batch(browser: StrictClient) -> None:
    response = browser.post("/p/spring/generate", FJORD, headers=HTMX)
    batch = Batch.objects.get()
    assert response.status_code == 200
    assert batch.prompt == "A quiet fjord"
    assert batch.input["num_images"] == 2
    shown = page(response).find(f"#batch-{batch.pk}")
    assert shown
    assert len(shown.find_all(".queued")) == 2
    assert "Next in line" in shown.text()


def test_without_script_the_press_leads_back_to_the_page(browser: StrictClient) -> None:
    response = browser.post("/p/spring/generate", FJORD)
    assert response.status_code == 302
    assert response["Location"] == "/p/spring/"


@pytest.mark.parametrize("is_first", [True, False])
def test_the_answer_to_a_press_equals_a_reload(browser: StrictClient, cast: Cast, is_first: bool) -> None:
    if not is_first:
        make_image(cast.project, cast.contributor)
    before = browser.get("/p/spring/")
    form = {**FJORD, "press": value_of(page(before), "#press")}
    response = browser.post("/p/spring/generate", form, headers=HTMX)
    options = {"before": before, "by": "#composer-form"}
    assert_swap_equals_reload(browser, "/p/spring/", response, **options, inside="#batches")
    assert_swap_equals_reload(browser, "/p/spring/", response, **options, inside=".topbar")


def test_the_same_press_twice_is_one_batch(browser: StrictClient) -> None:
    form = {**FJORD, "press": str(uuid4())}
    first = browser.post("/p/spring/generate", form, headers=HTMX)
    second = browser.post("/p/spring/generate", form, headers=HTMX)
    assert Batch.objects.count() == Generation.objects.count() == 1
    assert page(first).find(".batch").attrs["id"] == page(second).find(".batch").attrs["id"]  # type: ignore[union-attr]
    assert value_of(page(second), "#press") != form["press"]


def test_calls_make_several_generations(browser: StrictClient) -> None:
    form = {"model": "modelstream:NB2", "in-prompt": "A quiet fjord", "calls": "3"}
    assert browser.post("/p/spring/generate", form, headers=HTMX).status_code == 200
    assert Generation.objects.count() == 3


BAD = [
    ({"in-prompt": ""}, "Write a prompt."),
    ({"in-prompt": "x" * 100_000}, "Prompt must have at most 50,000 characters; this has 100,000."),
    ({"in-prompt": "a\0b"}, "NUL character"),
    ({"model": "mountsea:no-such-model"}, "There is no model “no-such-model”"),
    ({"model": "999999"}, "This model is no longer offered here."),
    ({"model": ""}, "no model"),
    ({"in-style": "baroque"}, "This model has no parameter “style”."),
    ({"in-aspect_ratio": "7:5"}, "has no option “7:5”"),
    ({"in-num_images": "many"}, "must be a whole number, not “many”"),
    ({"in-num_images": "9"}, "from 1 to 4"),
    ({"in-num_images": "9" * 5_000}, "must be a whole number"),
    ({"in-seed": "1.5"}, "must be a whole number"),
    ({"in-enable_web_search": "perhaps"}, "must be true or false"),
]


@pytest.mark.parametrize(("wrong", "sentence"), BAD)
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_what_cannot_be_sent_comes_back_with_a_sentence(
    browser: StrictClient, wrong: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    response = browser.post("/p/spring/generate", {**FJORD, "in-seed": "77", **wrong}, headers=headers)
    assert response.status_code == 422
    form = page(response).find("#composer-form")
    assert form
    assert sentence in form.text()
    if "in-prompt" not in wrong:
        assert "A quiet fjord" in form.text()
    if headers:
        assert response["HX-Retarget"] == "#composer-form"
        assert response["HX-Reswap"] == "outerHTML"
    assert not Batch.objects.exists()


def test_a_long_text_comes_back_whole(browser: StrictClient) -> None:
    long = "x" * 100_000
    response = browser.post("/p/spring/generate", {**FJORD, "in-prompt": long}, headers=HTMX)
    assert long in response.content.decode()


def test_text_is_escaped(browser: StrictClient) -> None:
    browser.post("/p/spring/generate", {**FJORD, "in-prompt": "<script>alert(1)</script>"})
    assert b"<script>alert" not in browser.get("/p/spring/").content


def test_files_survive_a_mistake_elsewhere(browser: StrictClient) -> None:
    file = SimpleUploadedFile("ref.png", encode(), "image/png")
    form = {"model": "modelstream:NB2", "in-prompt": "", "in-images": file}
    response = browser.post("/p/spring/generate", form, headers=HTMX)
    upload = Upload.objects.get()
    assert response.status_code == 422
    assert value_of(page(response), "input[name=in-images][checked]") == f"upload:{upload.pk}"
    assert f"/uploads/{upload.pk}/" in response.content.decode()
    again = {"model": "modelstream:NB2", "in-prompt": "Bluer", "in-images": f"upload:{upload.pk}"}
    assert browser.post("/p/spring/generate", again, headers=HTMX).status_code == 200
    assert Batch.objects.get().input["images"] == [{"upload": upload.pk}]


def test_a_file_that_is_no_image_is_refused_with_a_sentence(browser: StrictClient) -> None:
    file = SimpleUploadedFile("notes.png", b"no picture", "image/png")
    form = {"model": "modelstream:NB2", "in-prompt": "Bluer", "in-images": file}
    response = browser.post("/p/spring/generate", form, headers=HTMX)
    assert response.status_code == 422
    assert "notes.png" in page(response).text()
    assert not Batch.objects.exists()


def test_an_upload_of_another_project_is_refused(browser: StrictClient, cast: Cast) -> None:
    theirs = make_upload(cast.team_project, cast.manager)
    form = {"model": "modelstream:NB2", "in-prompt": "Bluer", "in-images": f"upload:{theirs.pk}"}
    response = browser.post("/p/spring/generate", form, headers=HTMX)
    assert response.status_code == 422
    assert f"/uploads/{theirs.pk}/" not in response.content.decode()
    assert not Batch.objects.exists()


def test_reuse_fills_the_form_with_the_settings(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.manager, prompt="Dunes", aspect_ratio="16:9", num_images=3, seed=7)
    generation = make_generation(batch)
    form = page(browser.get(f"/p/spring/form?reuse={generation.pk}", headers=HTMX)).find("#composer-form")
    assert form
    assert "Dunes" in form.text()
    assert "Generate 3 images" in form.text()
    assert value_of(form, "input[name=in-aspect_ratio][checked]") == "16:9"
    assert value_of(form, "input[name=in-seed]") == "7"


def test_another_model_keeps_what_fits_and_says_what_does_not(browser: StrictClient) -> None:
    shown = page(browser.get("/p/spring/?model=mountsea:nano-banana-2"))
    was = value_of(shown, "input[name=was]")
    typed = {"was": was, "model": "modelstream:NB2", "in-prompt": "A fjord", "in-system_prompt": "Be kind"}
    answer = page(browser.post("/p/spring/form", typed, headers=HTMX))
    assert "A fjord" in answer.text()
    assert "System prompt" in answer.text()
    assert value_of(answer, "input[name=was]") != was


def test_without_script_a_changed_model_shows_its_fields_before_anything_is_sent(
    browser: StrictClient,
) -> None:
    was = value_of(page(browser.get("/p/spring/?model=mountsea:nano-banana-2")), "input[name=was]")
    response = browser.post("/p/spring/generate", {**FJORD, "was": was, "model": "modelstream:NB2"})
    assert response.status_code == 200
    assert "A quiet fjord" in page(response).text()
    assert "Nothing was sent yet" in page(response).text()
    in_place = browser.post(
        "/p/spring/generate", {**FJORD, "was": was, "model": "modelstream:NB2"}, headers=HTMX
    )
    assert "Nothing was sent yet" in page(in_place).text()
    assert not Batch.objects.exists()


def test_a_viewer_sees_results_but_no_composer(cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    shown = page(cast.client(cast.viewer).get("/p/spring/"))
    assert shown.find("#composer-form") is None
    assert "not make images in it" in shown.text()
    assert shown.find(".batch img")


def test_older_batches_follow_page_by_page(browser: StrictClient, cast: Cast) -> None:
    batches = [make_generation(make_batch(cast.project, cast.contributor)).batch for _ in range(9)]
    first = page(browser.get("/p/spring/"))
    more = first.find("#batches .load-more")
    assert more
    assert len(first.find_all(".batch")) == 6
    rest = page(browser.get(more.attrs["href"], headers=HTMX))
    assert [each.attrs["id"] for each in rest.find_all(".batch")] == [
        f"batch-{batch.pk}" for batch in reversed(batches[:3])
    ]
    assert rest.find("html") is None
    assert page(browser.get(more.attrs["href"])).find("#composer-form")


def test_the_page_needs_as_many_queries_for_many_batches_as_for_few(
    browser: StrictClient, cast: Cast
) -> None:
    def more() -> None:
        for status in (Status.QUEUED, Status.RUNNING, Status.UNKNOWN, Status.SUCCEEDED):
            batch = make_batch(cast.project, cast.contributor)
            make_generation(batch, status=status, task_id="hub-1")
        make_image(cast.project, cast.manager)

    assert_same_queries(browser, "/p/spring/", more)


def test_a_catalogue_without_models_is_said(cast: Cast) -> None:
    shown = page(cast.client(cast.contributor).get("/p/spring/"))
    assert "No model is offered yet" in shown.text()
