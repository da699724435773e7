"""Schemas that nobody should write: each is drawn, asked for as JSON, or refused with a sentence; nothing is dropped.

The form is sent as a browser would send it untouched, but for a prompt.
"""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from jsonschema import Draft202012Validator

from studio.catalog.forms import InputForm, build_form
from studio.catalog.preview import preview
from studio.catalog.schema import UnusableSchema, normalise
from tests.bench.markup import Element, parse
from tests.bench.rules import assert_clean_markup

TEXT = {"type": "string"}
SWITCH = {"type": "boolean"}
DEEP: dict[str, Any] = {"type": "string"}
for _ in range(40):
    DEEP = {"type": "object", "properties": {"deeper": DEEP}}
ONE_OF_THREE = [
    {"type": "object", "properties": {name: TEXT}, "required": [name], "additionalProperties": False}
    for name in ("a", "b", "c")
]
CONSTANT = {"type": "object", "properties": {"kind": {"const": "x"}}, "required": ["kind"]}

# What there is besides the prompt -> what is sent of it where nothing is touched.
OPTIONAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "deep": ({"it": DEEP}, {}),
    "of mixed types": ({"it": {"enum": ["a", 1, 2.5, True], "default": 2.5}}, {"it": 2.5}),
    "with null": ({"it": {"enum": ["a", None], "default": None}}, {}),
    "only null": ({"it": {"enum": [None]}}, {}),
    "default outside": ({"it": {"enum": ["a", "b"], "default": "c"}}, {}),
    "long, default outside": ({"it": {"enum": [f"a{n}" for n in range(20)], "default": "c"}}, {}),
    "default too large": ({"it": {"type": "integer", "maximum": 4, "default": 9}}, {}),
    "upside down": ({"it": {"type": "integer", "minimum": 10, "maximum": 1}}, {}),
    "huge": ({"it": {"type": "integer", "minimum": -(10**400), "maximum": 10**308}}, {}),
    "endless span": ({"it": {"type": "number", "minimum": -1.7e308, "maximum": 1.7e308}}, {}),
    "tiny": ({"it": {"type": "number", "minimum": 0, "maximum": 5e-324, "multipleOf": 5e-324}}, {}),
    "never true": ({"it": {"type": "boolean", "enum": ["a", "b"]}}, {}),
    "three objects": ({"it": {"oneOf": ONE_OF_THREE}}, {}),
    "constants": ({"it": {"oneOf": [{"const": "a", "title": "A"}, {"const": 2}, {"const": None}]}}, {}),
    "lists of lists": ({"it": {"type": "array", "items": {"type": "array", "items": TEXT}}}, {}),
    "any names": ({"it": {"type": "object", "patternProperties": {"^x-": TEXT}}}, {}),
    "old bounds": ({"it": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "default": 1}}, {"it": 1}),
    "blank option": ({"it": {"enum": ["", "a"], "default": "a"}, "other": {"enum": ["", "b"]}}, {"it": "a"}),
    "padded option": ({"it": {"enum": [" a", "a "], "default": "a "}}, {"it": "a "}),
    "odd names": (
        {
            name: {**TEXT, "default": "x"} if name == "a.b" else TEXT
            for name in ("a.b", "a b", "a-b", "a[0]", "größe", "日本", "__proto__", "", "\"'><b>", "@")
        },
        {"a.b": "x"},
    ),
    "odd names in a group": ({"it": {"type": "object", "properties": {"a.b": TEXT, "x y": TEXT, "0": TEXT}}}, {}),
    "300": ({f"p{number}": {"type": ("string", "integer", "boolean")[number % 3]} for number in range(300)}, {}),
    "markup": ({"it": {"title": "<script>", "description": "<img src=x onerror=y>", "enum": ["<b>", "\"'"]}}, {}),
    "long-winded": ({"it": {**TEXT, "description": "word " * 200_000}}, {}),
    "types": ({"it": {"type": ["string", "integer"], "default": "abc"}}, {"it": "abc"}),
    "decimal steps": ({"it": {"type": "number", "minimum": 0, "multipleOf": 0.25, "default": 0.75}}, {"it": 0.75}),
}  # fmt: skip
REQUIRED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "switches": (
        {"on": {**SWITCH, "default": True}, "off": {**SWITCH, "default": False}, "open": SWITCH},
        {"on": True, "off": False, "open": False},
    ),
    "blank": ({"it": {**TEXT, "default": ""}}, {"it": ""}),
    "constants": ({"it": {"const": {"a": [1]}}, "no": {"const": False}}, {"it": {"a": [1]}, "no": False}),
}  # fmt: skip
CASES = [
    *(pytest.param(more, [], sent, id=name) for name, (more, sent) in OPTIONAL.items()),
    *(pytest.param(more, [*more], sent, id=f"needed, {name}") for name, (more, sent) in REQUIRED.items()),
]


def schema(more: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": {"prompt": TEXT, **more}, "required": ["prompt", *required]}


def page_of(form: InputForm) -> Element:
    html = render_to_string("catalog/_form_fields.html", {"form": form})
    assert_clean_markup(html)
    return parse(html)


def sent_by(page: Element) -> MultiValueDict[str, str]:
    """Return what a browser sends of a page that nobody touched."""
    data: MultiValueDict[str, str] = MultiValueDict()
    for control in page.walk():
        name, value = control.attrs.get("name"), control.attrs.get("value", "")
        if not name or control.closest("template"):
            continue
        if control.tag == "textarea":
            data.appendlist(name, control.text())
        elif control.tag == "select":
            options = control.find_all("option")
            chosen = [option for option in options if "selected" in option.attrs] or options[:1]
            data.appendlist(name, chosen[0].attrs["value"])
        elif control.attrs.get("type") not in ("radio", "checkbox") or "checked" in control.attrs:
            data.appendlist(name, value)
    return data


@pytest.mark.parametrize(("more", "required", "sent"), CASES)
def test_a_nasty_schema_is_drawn_and_sent_without_losing_a_property(
    more: dict[str, Any], required: list[str], sent: dict[str, Any]
) -> None:
    nasty = schema(more, required)
    assert {row["name"] for row in preview(nasty)} == {"prompt", *more}
    spec = normalise(nasty)
    data = sent_by(page_of(build_form(spec)))
    for field in spec.shown:
        # One of several that has no usual one is sent only when it is chosen.
        is_sent = any(name == f"in-{field.name}" or name.startswith(f"in-{field.name}.") for name in data)
        assert is_sent or field.kind == "choice", field.name
    data["in-prompt"] = "a lake"
    form = build_form(spec, data)
    assert form.is_valid(), form.errors
    assert form.to_input() == {"prompt": "a lake", **sent}
    if "exclusiveMinimum" not in more.get("it", {}):  # an older draft's, which this validator doesn't know
        assert not list(Draft202012Validator(nasty).iter_errors(form.to_input()))
    page_of(form)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"type": "number", "multipleOf": 0}, "multipleOf"),
        ({"type": "file"}, "type"),
        ({"enum": "abc"}, "enum"),
        ({"type": "object", "properties": ["a"]}, "properties"),
        ({"type": "string", "pattern": "("}, "pattern"),
        ({"title": 5}, "title"),
    ],
)
def test_what_is_no_schema_is_refused_with_the_place(odd: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableSchema, match=f"not a valid JSON Schema: properties/it/{reason}"):
        preview(schema({"it": odd}, []))


def test_a_group_of_which_nothing_is_open_is_asked_for_as_json() -> None:
    spec = normalise(schema({"it": CONSTANT}, ["it"]))
    assert "in-it" in sent_by(page_of(build_form(spec)))
    form = build_form(spec, {"in-prompt": "a", "in-it": '{"kind": "x"}'})
    assert form.is_valid()
    assert form.to_input() == {"prompt": "a", "it": {"kind": "x"}}


def test_parts_with_dots_in_their_names_are_sent() -> None:
    group = {
        "type": "object",
        "properties": {"a.b": TEXT, "c.d": {"type": "object", "properties": {"e.f": TEXT}}},
    }
    form = build_form(
        normalise(schema({"it": group}, [])),
        {"in-prompt": "a", "in-it.a.b": "1", "in-it.c.d.e.f": "2"},
    )
    assert form.is_valid(), form.errors
    assert form.to_input()["it"] == {"a.b": "1", "c.d": {"e.f": "2"}}


def test_long_lists_of_groups_are_sent_to_their_end() -> None:
    many = {"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}}
    rows = {f"in-it.{number}.a": str(number) for number in range(120)}
    form = build_form(normalise(schema({"it": many}, [])), {"in-prompt": "a", **rows})
    assert form.is_valid()
    assert form.to_input()["it"] == [{"a": str(number)} for number in range(120)]
