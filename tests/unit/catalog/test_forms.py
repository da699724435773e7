"""The form as a person sees it: labelled controls, the values of an input, and a change of model."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from studio.catalog.forms import InputForm, build_form, initial_from_input, refit_form
from studio.catalog.schema import normalise
from tests.bench.markup import Element, parse
from tests.bench.rules import assert_clean_markup
from tests.unit.catalog.data import ALL_FILES, read, spec


def drawn(form: InputForm) -> Element:
    html = render_to_string("catalog/_form_fields.html", {"form": form})
    assert_clean_markup(html)
    return parse(html)


def checked(page: Element, name: str) -> list[str]:
    return [
        element.attrs["value"]
        for element in page.find_all("input")
        if element.attrs.get("name") == name and "checked" in element.attrs
    ]


@pytest.mark.parametrize("file", ALL_FILES)
def test_every_control_of_every_documented_model_has_a_label(file: str) -> None:
    page = drawn(build_form(normalise(read(file)["input_schema"]), initial={"image_urls": [{"upload": 1}]}))
    labels = {element.attrs.get("for") for element in page.find_all("label")}
    for tag in ("input", "textarea", "select"):
        for control in page.find_all(tag):
            is_named = control.attrs.get("id") in labels or "aria-label" in control.attrs
            assert is_named or control.closest("label") or control.attrs.get("type") == "hidden", (
                control.attrs
            )
    ids = {element.attrs["id"] for element in page.walk() if "id" in element.attrs}
    for element in page.walk():
        assert set(element.attrs.get("aria-describedby", "").split()) <= ids


def test_the_untouched_form_shows_the_defaults() -> None:
    page = drawn(build_form(spec("nano-banana-2")))
    assert checked(page, "in-aspect_ratio") == ["auto"]
    assert checked(page, "in-resolution") == ["1K"]
    assert checked(page, "in-output_format") == ["png"]
    assert checked(page, "in-thinking_level") == [""]
    assert checked(page, "in-limit_generations") == ["true"]
    assert checked(page, "in-enable_web_search") == []
    badge = page.find("[data-changed]")
    assert badge is not None
    assert "hidden" in badge.attrs
    assert page.find("[name=in-sync_mode]") is None


def test_everyday_controls_come_first_and_the_rest_is_advanced() -> None:
    form = build_form(spec("NB2"))
    assert [[each.field.title for each in row] for row in form.rows] == [
        ["Prompt"],
        ["Reference images"],
        ["Aspect ratio"],
        ["Resolution", "Images"],
    ]
    assert [each.name for each in form.advanced] == ["in-thinking_level", "in-gweb_search"]


def test_a_ratio_is_drawn_in_its_shape() -> None:
    page = drawn(build_form(spec("NB2")))
    shapes = {tile.text(): tile.find("i") for tile in page.find_all("label.ratio")}
    assert shapes["16:9"] is not None
    assert shapes["16:9"].attrs["style"] == "--w:16;--hh:9"
    assert "wide" in shapes["16:9"].attrs["class"]
    assert shapes["More"] is None


def test_the_number_of_changed_advanced_settings_is_shown() -> None:
    form = build_form(
        spec("nano-banana-2"), initial={"seed": 5, "enable_web_search": True, "resolution": "4K"}
    )
    badge = drawn(form).find("[data-changed]")
    assert badge is not None
    assert badge.text() == "2 changed"
    assert "hidden" not in badge.attrs


def test_a_mistake_under_advanced_opens_it() -> None:
    form = build_form(spec("nano-banana-2"), {"in-prompt": "a lake", "in-seed": "x"})
    assert not form.is_valid()
    details = drawn(form).find("details")
    assert details is not None
    assert "open" in details.attrs


@pytest.mark.parametrize(
    ("initial", "sent"),
    [({}, None), ({"enable_web_search": False}, False), ({"enable_web_search": True}, True)],
)
def test_a_switch_without_default_keeps_unset_and_false_apart(
    initial: dict[str, Any], sent: bool | None
) -> None:
    page = drawn(build_form(spec("nano-banana-2"), initial=initial))
    values = [
        element.attrs["value"]
        for element in page.find_all("[name=in-enable_web_search]")
        if element.attrs["type"] == "hidden" or "checked" in element.attrs
    ]
    form = build_form(
        spec("nano-banana-2"), MultiValueDict({"in-prompt": ["a lake"], "in-enable_web_search": values})
    )
    assert form.is_valid()
    assert form.to_input().get("enable_web_search") is sent


def test_references_are_those_kept_and_then_those_stored() -> None:
    given = {"prompt": "a lake", "images": [{"upload": 4}, {"upload": 9}]}
    first = build_form(spec("NB2"), initial=initial_from_input(spec("NB2"), given))
    first.previews = {4: "/uploads/4/"}
    page = drawn(first)
    assert checked(page, "kept-uploads") == ["4", "9"]
    assert [image.attrs["src"] for image in page.find_all("img") if "src" in image.attrs] == ["/uploads/4/"]
    count = page.find("[data-count]")
    assert count is not None
    data = MultiValueDict({"in-prompt": ["a lake"], "kept-uploads": ["4", "9", "x"], "calls": ["3"]})
    files = MultiValueDict({"in-images": [SimpleUploadedFile("new.png", b"x")]})
    form = build_form(spec("NB2"), data, files)
    assert form.is_valid()
    assert [file.name for file in form.reference_files] == ["new.png"]
    assert form.kept_uploads == [4, 9]
    assert form.calls == 3
    assert form.to_input([12])["images"] == [{"upload": 4}, {"upload": 9}, {"upload": 12}]


def test_a_change_of_model_keeps_what_fits_and_says_what_does_not() -> None:
    data = {
        "in-prompt": "a lake",
        "in-aspect_ratio": "4:5",
        "in-resolution": "0.5K",
        "in-num_images": "3",
        "in-thinking_level": "high",
        "in-output_format": "png",
        "in-seed": "7",
    }
    form = refit_form(spec("NB2"), data, previous=spec("nano-banana-2"))
    page = drawn(form)
    prompt = page.find("textarea")
    assert prompt is not None
    assert prompt.text() == "a lake"
    assert checked(page, "in-size") == ["4:5"]
    assert checked(page, "in-quality") == ["1K"]
    assert checked(page, "in-thinking_level") == ["HIGH"]
    calls = page.find("[name=calls]")
    assert calls is not None
    assert calls.attrs["value"] == "3"
    note = page.find(".note")
    assert note is not None
    assert note.text() == "This model doesn’t take over: Resolution, Seed."


def test_a_change_back_turns_the_calls_into_a_parameter_again() -> None:
    form = refit_form(spec("nano-banana-2"), {"calls": "4", "in-prompt": "a lake"}, previous=spec("NB2"))
    count = drawn(form).find("[name=in-num_images]")
    assert count is not None
    assert count.attrs["value"] == "4"


@pytest.mark.parametrize("data", [{"kept-uploads": ["4"]}, {"in-images": "[object File]"}])
def test_references_that_a_model_cannot_take_are_named(data: dict[str, Any]) -> None:
    form = refit_form(spec("nano-banana-2"), {"in-prompt": "a lake", **data}, previous=spec("NB2"))
    assert form.dropped == ["Reference images"]


def test_broken_ids_of_kept_uploads_are_passed_over() -> None:
    data = MultiValueDict({"kept-uploads": ["4", "x", "-1", "9" * 5000, "4"]})
    assert refit_form(spec("NB2"), data).kept_uploads == [4]
