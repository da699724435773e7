"""Using an earlier input again: all of it, its prompt or its settings; what is typed otherwise stays."""

import pytest
from django.http import QueryDict
from django.test import Client

from studio.catalog.queries import find_model
from studio.generation.models import Generation
from tests.bench.markup import Element, parse
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_upload

OLD_PROMPT, NEW_PROMPT = "A fjord at dawn", "A city at night"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def source(cast: Cast) -> Generation:
    """Made from a reference image."""
    batch = make_batch(
        cast.project,
        cast.manager,
        prompt=OLD_PROMPT,
        model=("mountsea", "nano-banana-2-edit"),
        uploads=[make_upload(cast.project, cast.manager)],
        aspect_ratio="16:9",
        resolution="4K",
    )
    return make_generation(batch)


@pytest.fixture
def browser(cast: Cast) -> Client:
    return cast.client(cast.contributor)


def values(page: Element) -> dict[str, list[str]]:
    """Return what the form on a page would send, by the names of its controls."""
    form = page.find("#composer-form")
    assert form
    sent = QueryDict(mutable=True)
    for control in form.find_all("input"):
        is_choice = control.attrs.get("type") in ("radio", "checkbox")
        if not is_choice or "checked" in control.attrs:
            sent.appendlist(control.attrs.get("name", ""), control.attrs.get("value", ""))
    for area in form.find_all("textarea"):
        sent.appendlist(area.attrs["name"], area.text())
    return dict(sent.lists())


def ask(client: Client, source: Generation, part: str, typed: dict[str, object] | None = None) -> Element:
    address = f"/p/spring/form?reuse={source.pk}&part={part}"
    if typed is None:
        return parse(client.get(f"/p/spring/?reuse={source.pk}&part={part}").content.decode())
    answer = client.post(address, typed, headers=HTMX)
    assert answer.status_code == 200
    return parse(answer.content.decode())


def test_everything(browser: Client, source: Generation) -> None:
    form = values(ask(browser, source, ""))
    assert form["in-prompt"] == [OLD_PROMPT]
    assert (form["in-aspect_ratio"], form["in-resolution"]) == (["16:9"], ["4K"])
    assert any("upload:" in value for sent in form.values() for value in sent)


def test_the_prompt_alone_goes_into_the_usual_form(browser: Client, source: Generation) -> None:
    form = values(ask(browser, source, "prompt"))
    assert form["in-prompt"] == [OLD_PROMPT]
    assert form.get("in-aspect_ratio") != ["16:9"]
    assert not any("upload:" in value for sent in form.values() for value in sent)


def test_the_settings_alone_leave_the_prompt_empty(browser: Client, source: Generation) -> None:
    form = values(ask(browser, source, "settings"))
    assert form["in-prompt"] == [""]
    assert (form["in-aspect_ratio"], form["in-resolution"]) == (["16:9"], ["4K"])
    assert not any("upload:" in value for sent in form.values() for value in sent)


def test_the_prompt_leaves_what_is_typed_in_another_models_form(
    browser: Client, cast: Cast, source: Generation
) -> None:
    model = find_model("NB2", "modelstream")
    typed = {"model": model.pk, "was": model.pk, "in-prompt": NEW_PROMPT, "in-quality": "2K"}
    form = values(ask(browser, source, "prompt", typed))
    assert form["model"] == [str(model.pk)]
    assert form["in-prompt"] == [OLD_PROMPT]
    assert form["in-quality"] == ["2K"]


def test_the_settings_leave_the_prompt_and_the_images_that_are_typed(
    browser: Client, cast: Cast, source: Generation
) -> None:
    model = find_model("NB2", "modelstream")
    mine = make_upload(cast.project, cast.contributor)
    typed = {
        "model": model.pk,
        "was": model.pk,
        "in-prompt": NEW_PROMPT,
        "in-quality": "2K",
        "in-images": f"upload:{mine.pk}",
    }
    form = values(ask(browser, source, "settings", typed))
    assert form["in-prompt"] == [NEW_PROMPT]
    assert (form["in-aspect_ratio"], form["in-resolution"]) == (["16:9"], ["4K"])
    kept = {value for sent in form.values() for value in sent if "upload:" in value}
    assert kept == {f"upload:{mine.pk}"}


def test_the_settings_leave_the_images_that_wait(browser: Client, cast: Cast, source: Generation) -> None:
    model = find_model("z-image-turbo", "modelstream")
    typed = {"model": model.pk, "was": model.pk, "in-prompt": NEW_PROMPT, "waiting-images": "upload:7"}
    form = values(ask(browser, source, "settings", typed))
    assert "upload:7" in [value for sent in form.values() for value in sent]


def test_what_makes_no_sense_is_everything(browser: Client, source: Generation) -> None:
    assert values(ask(browser, source, "nonsense"))["in-prompt"] == [OLD_PROMPT]
    assert browser.get("/p/spring/?reuse=999999999&part=prompt").status_code == 404


def test_a_viewer_may_copy_the_prompt_and_no_more(cast: Cast, source: Generation) -> None:
    page = parse(cast.client(cast.viewer).get("/p/spring/").content.decode())
    menu = page.find(f"#batch-menu-{source.batch_id}")
    assert menu
    assert menu.text().split() == ["Copy", "prompt"]
    copy = menu.find("button")
    assert copy
    assert copy.attrs["data-copy"] == OLD_PROMPT
