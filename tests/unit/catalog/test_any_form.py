"""Whatever a form is given: what the server accepts is an input that fits the provider's own schema."""

import json
import string
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from studio.catalog.forms import PREFIX, build_form, initial_from_input
from studio.catalog.markers import marked
from studio.catalog.schema import normalise
from studio.catalog.spec import Field, Spec
from studio.catalog.validation import find_errors
from studio.kit.wire import JsonValue
from tests.unit.catalog.data import FILES, read, spec

ODD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["prompt", "steps", "sure", "ghost"],
    "dependentRequired": {"code": ["style"]},
    "properties": {
        "prompt": {"type": "string", "minLength": 2, "maxLength": 40},
        "steps": {"type": "integer", "minimum": 1, "exclusiveMaximum": 50, "multipleOf": 3},
        "strength": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "style": {"anyOf": [{"enum": ["ink", "oil"]}, {"type": "null"}]},
        "level": {"enum": [1, 2, 3], "default": 2},
        "words": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 2},
        "mask": {"type": "string", "format": "uri"},
        "size": {
            "oneOf": [
                {"type": "string", "enum": ["big", "small"]},
                {"type": "object", "properties": {"width": {"type": "integer"}}, "required": ["width"]},
            ]
        },
        "tiling": {"type": "boolean"},
        "blend": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.1, "default": 0.3},
        "either": {"type": ["integer", "string"], "maxLength": 3},
        "sure": {"type": "boolean", "default": False},
        "fast": {"type": "boolean", "default": True},
        "colour": {"type": "object", "properties": {"red": {"type": "integer", "maximum": 255}}},
        "palette": {
            "type": "array",
            "maxItems": 2,
            "items": {"type": "object", "properties": {"red": {"type": "integer", "maximum": 255}}},
        },
        "pixels": {
            "oneOf": [
                {"type": "string", "enum": ["big", "small"]},
                {
                    "type": "object",
                    "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}},
                    "required": ["width", "height"],
                    "x-constraints": {"multiple_of": 2, "max_edge": 50, "min_edge": 2},
                },
            ]
        },
        "code": {"type": "string", "pattern": "^[a-z]*$"},
        "version": {"const": "v2"},
    },
}

PARTS = {
    "colour": ("red",),
    "palette": ("0.red", "2.red", "7.red"),
    "pixels": ("preset", "width", "height"),
}
LIKELY_PARTS = st.sampled_from(["", "2", "30", "44", "300", "x", "@custom", "@custom", "big"])


# Those of other providers' models, each a document in which `$ref`s point about.
OTHERS = {path.stem: path for path in sorted((Path(__file__).parent / "schemas").glob("*.json"))}


@cache
def schema_of(case: str) -> dict[str, Any]:
    if case in OTHERS:
        document: dict[str, Any] = json.loads(OTHERS[case].read_text(encoding="utf-8"))
        return {**document, "$ref": "#/components/schemas/Input"}
    return ODD_SCHEMA if case == "odd" else read(FILES[case])["input_schema"]


@cache
def spec_of(case: str) -> Spec:
    if case in OTHERS:
        document = schema_of(case)
        return normalise(document["components"]["schemas"]["Input"], document=document)
    return normalise(ODD_SCHEMA) if case == "odd" else spec(case)


def likely_text(field: Field) -> st.SearchStrategy[str]:
    """Texts that are often right and often just wrong for this field."""
    numbers = st.one_of(st.integers(-2, 60), st.floats(-1, 2), st.integers()).map(str)
    lists = st.lists(st.text(string.ascii_lowercase, max_size=6), max_size=3).map("\n".join)
    json_texts = st.sampled_from(
        ["{}", '{"width": 5}', '{"red": 300}', '{"red": 2}', "[1, 2]", "[]", '"big"', "1e999"]
    )
    options = st.sampled_from([option.key for option in field.options] or ["", "true", "false"])
    return st.one_of(options, options, numbers, lists, json_texts, st.text(max_size=50))


def sent(value: JsonValue) -> JsonValue:
    """Return a value as the provider gets it."""
    if isinstance(value, list):
        return [sent(each) for each in value]
    return "https://example.com/a.png" if marked(value) else value


def exact(value: Any) -> Any:
    """Return JSON with the decimal numbers that are written in it: as binary ones 0.3 is no multiple of 0.1."""
    return json.loads(json.dumps(value), parse_float=Decimal)


def likely_data(read_spec: Spec, draws: st.DataObject) -> MultiValueDict[str, str]:
    """Fill some controls, in one piece or in parts, with what is often right."""
    data: MultiValueDict[str, str] = MultiValueDict()
    for field in read_spec.shown:
        if draws.draw(st.integers(0, 3)) and not field.takes_images:
            parts = PARTS.get(field.name, ()) if draws.draw(st.booleans()) else ()
            for part in parts:
                data[f"{PREFIX}{field.name}.{part}"] = draws.draw(LIKELY_PARTS)
            if not parts:
                data[PREFIX + field.name] = draws.draw(likely_text(field))
    if draws.draw(st.booleans()):
        data["calls"] = draws.draw(st.integers(0, 6).map(str))
    image = st.integers(1, 9).map("upload:{}".format) | st.sampled_from(["https://example.com/a.png", "x"])
    for field in read_spec.shown:
        if field.takes_images:
            data.setlist(PREFIX + field.name, draws.draw(st.lists(image, max_size=15)))
    return data


@pytest.mark.parametrize("case", [*sorted(FILES), "odd", *OTHERS])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draws=st.data())
def test_what_the_form_accepts_fits_the_schema(case: str, draws: st.DataObject) -> None:
    read_spec = spec_of(case)
    form = build_form(read_spec, likely_data(read_spec, draws))
    if not form.is_valid():
        assert form.errors
        return
    accepted = form.to_input()
    assert find_errors(read_spec, accepted) == {}
    assert 1 <= form.calls <= read_spec.max_calls
    sendable = {name: sent(value) for name, value in accepted.items()}
    assert not list(Draft202012Validator(exact(schema_of(case))).iter_errors(exact(sendable)))
    again = build_form(read_spec, initial=initial_from_input(read_spec, accepted))
    for field in read_spec.shown:
        if field.takes_images:
            assert (again.initial.get(field.name) or None) == accepted.get(field.name)
    assert again.upload_ids == form.upload_ids


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_value_in_any_field_is_judged_not_raised(value: Any) -> None:
    for field in spec("NB2").fields:
        find_errors(spec("NB2"), {"prompt": "a lake", field.name: value})
