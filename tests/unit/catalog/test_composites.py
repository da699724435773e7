"""Controls of several parts: sizes, groups, lists of groups. Drawn, sent, and drawn again."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from studio.catalog.forms import InputForm, build_form, initial_from_input
from studio.catalog.overlays import overlay_for
from studio.catalog.refitting import refit_form
from studio.catalog.schema import normalise
from studio.catalog.spec import Spec
from tests.bench.markup import Element, parse
from tests.bench.rules import assert_clean_markup
from tests.unit.catalog.data import read, spec

COLOUR = {
    "type": "object",
    "properties": {"red": {"type": "integer", "maximum": 255, "default": 0}, "warm": {"type": "boolean"}},
    "required": ["red"],
}
LORA = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "scale": {"type": "number", "default": 1},
        "kind": {"enum": ["style", "face"], "default": "style"},
        "tint": COLOUR,
    },
    "required": ["path"],
}
SCHEMA: Any = {
    "properties": {
        "prompt": {"type": "string"},
        "colour": COLOUR,
        "loras": {"type": "array", "items": LORA, "maxItems": 3, "default": []},
        "model": {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["base", "mini"]}]},
    },
    "required": ["prompt"],
}


def gpt_image_2() -> Spec:
    return normalise(
        read("mountsea-hub.gpt-image-2")["input_schema"], overlay=overlay_for("mountsea", "gpt-image-2")
    )


def z_image() -> Spec:
    return normalise(read("modelstream.z-image-turbo")["input_schema"])


def page(form: InputForm) -> Element:
    html = render_to_string("catalog/_form_fields.html", {"form": form})
    assert_clean_markup(html)
    return parse(html)


def values(form: InputForm, start: str) -> dict[str, str]:
    found = {}
    for each in page(form).find_all("input"):
        if each.attrs.get("name", "").startswith(start) and "value" in each.attrs:
            found[each.attrs["name"]] = each.attrs["value"]
    return found


def sent(of: Spec, **data: str) -> InputForm:
    return build_form(of, {f"in-{name}": value for name, value in {"prompt": "a lake", **data}.items()})


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ({"image_size.preset": "square", "image_size.width": "5"}, "square"),
        (
            {"image_size.preset": "@custom", "image_size.width": "1024", "image_size.height": "640"},
            {"width": 1024, "height": 640},
        ),
        ({"image_size": '{"width": 816, "height": 816}'}, {"width": 816, "height": 816}),
    ],
)
def test_a_size_is_a_preset_or_width_and_height(data: dict[str, str], size: Any) -> None:
    form = sent(gpt_image_2(), **data)
    assert form.is_valid(), form.errors
    assert form.to_input()["image_size"] == size
    again = build_form(gpt_image_2(), initial=initial_from_input(gpt_image_2(), form.to_input()))
    chosen = page(again).find("option[selected]")
    assert chosen is not None
    assert chosen.attrs["value"] == (size if isinstance(size, str) else "@custom")
    if isinstance(size, dict):
        assert values(again, "in-image_size.") == {
            f"in-image_size.{edge}": str(pixels) for edge, pixels in size.items()
        }


@pytest.mark.parametrize(
    ("width", "height", "sentence"),
    [
        ("1000", "1024", "The nearest allowed size is 1008 × 1024."),
        ("", "", "doesn't have the form"),
        ("wide", "640", "doesn't have the form"),
    ],
)
def test_a_wrong_size_is_shown_again_with_a_sentence(width: str, height: str, sentence: str) -> None:
    data = {"image_size.preset": "@custom", "image_size.width": width, "image_size.height": height}
    form = sent(gpt_image_2(), **data)
    assert not form.is_valid()
    assert sentence in str(form.errors["image_size"][0])
    assert values(form, "in-image_size.") == {
        "in-image_size.width": width,
        "in-image_size.height": height,
    }


def test_a_size_in_one_text_is_drawn_as_width_and_height() -> None:
    assert values(build_form(z_image()), "in-size.") == {"in-size.width": "1024", "in-size.height": "1536"}
    form = sent(z_image(), **{"size.width": "800", "size.height": "600"})
    assert form.is_valid(), form.errors
    assert form.to_input()["size"] == "800*600"
    assert not sent(z_image(), **{"size.width": "400", "size.height": "400"}).is_valid()


def test_groups_and_lists_of_groups_send_only_what_is_filled() -> None:
    of = normalise(SCHEMA)
    blank = build_form(of)
    assert blank.changed_count == 0
    form = sent(
        of,
        **{
            "colour.red": "7",
            "colour.warm": "",
            "loras.0.path": "",
            "loras.2.path": "two",
            "loras.2.scale": "0.5",
            "loras.2.tint.red": "9",
            "loras.10.path": "ten",
            "loras.10.kind": "face",
            "model": "my-own",
        },
    )
    assert form.is_valid(), form.errors
    assert form.to_input() == {
        "prompt": "a lake",
        "colour": {"red": 7},
        "loras": [{"path": "two", "scale": 0.5, "tint": {"red": 9}}, {"path": "ten", "kind": "face"}],
        "model": "my-own",
    }
    again = build_form(of, initial=initial_from_input(of, form.to_input()))
    paths = [each for each in page(again).find_all("textarea") if each.attrs["name"].endswith(".1.path")]
    assert [each.text() for each in paths] == ["ten"]
    assert values(again, "in-loras.")["in-loras.0.tint.red"] == "9"


def test_the_blank_form_sends_nothing_of_its_groups() -> None:
    of = normalise(SCHEMA)
    shown = page(build_form(of))
    names = [each.attrs["name"] for each in shown.find_all("input") if "name" in each.attrs]
    assert {"in-colour.red", "in-loras.0.scale", "in-loras.0.tint.red"} <= set(names)
    form = sent(of, **{"colour.red": "", "loras.0.path": "", "loras.0.tint.red": "", "model": ""})
    assert form.is_valid(), form.errors
    assert form.to_input() == {"prompt": "a lake"}


def test_a_mistake_in_a_group_is_a_sentence_about_it() -> None:
    form = sent(normalise(SCHEMA), **{"colour.red": "300", "loras.0.scale": "2"})
    assert not form.is_valid()
    assert "Red must be at most 255." in form.errors["colour"]
    assert "loras" in form.errors


@pytest.mark.parametrize("name", ["colour.green", "loras.x.path", "loras.path", "prompt.x", "colour.red.x"])
def test_parts_that_are_none_are_refused(name: str) -> None:
    assert not sent(normalise(SCHEMA), **{name: "1"}).is_valid()


def test_a_change_of_model_keeps_a_size_that_fits() -> None:
    data = {"in-image_size.preset": "@custom", "in-image_size.width": "816", "in-image_size.height": "816"}
    form = refit_form(gpt_image_2(), data)
    assert form.initial["image_size"] == {"width": 816, "height": 816}
    assert refit_form(spec("NB2"), data, previous=gpt_image_2()).dropped == ["Image size"]


def test_what_is_settled_in_a_group_is_not_asked_and_is_sent_with_the_rest() -> None:
    colour: Any = {
        "type": "object",
        "properties": {"space": {"const": "rgb"}, "kind": {"enum": ["solid"]}, "red": {"type": "integer"}},
        "required": ["space", "kind", "red"],
    }
    spec = normalise({"properties": {"colour": colour, "palette": {"type": "array", "items": colour}}})
    group = next(each for each in build_form(spec).advanced if each.field.name == "colour")
    assert [part.field.name for part in group.parts] == ["red"]
    form = build_form(spec, {"in-colour.red": "3", "in-palette.0.red": "4", "in-palette.1.red": ""})
    assert form.is_valid(), form.errors
    settled = {"space": "rgb", "kind": "solid"}
    assert form.to_input() == {"colour": {**settled, "red": 3}, "palette": [{**settled, "red": 4}]}
    assert build_form(spec, {"in-colour.red": ""}).is_valid()
