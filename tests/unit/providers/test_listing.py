"""A provider's models are read from every plausible envelope, and nothing odd raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.kit.wire import HttpAnswer
from studio.providers.mountsea import MountseaHub
from studio.providers.types import ModelDetail, Problem

HUB = MountseaHub()
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"prompt": {"type": "string"}}}
EXAMPLE = {"prompt": "a lake"}
ENTRY = {"model": "m-1", "name": "M One", "vendor": "Acme", "capability": "image"}


def answer(value: Any, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, {}, json.dumps(value).encode())


def test_the_calls_are_the_documented_ones() -> None:
    listing, detail = HUB.list_models(secret="s"), HUB.model_detail("a/b", secret="s")
    assert (listing.method, listing.path) == ("GET", "/hub/v1/models?capability=image")
    assert (detail.method, detail.path) == ("GET", "/hub/v1/models/a%2Fb")
    assert listing.headers == detail.headers == {"Authorization": "Bearer s"}


@pytest.mark.parametrize(
    "value",
    [
        [ENTRY],
        {"models": [ENTRY]},
        {"data": [ENTRY]},
        {"code": 200, "message": "ok", "data": {"list": [ENTRY], "total": 1}},
        {"result": {"items": [ENTRY]}},
        {"items": [ENTRY], "page": 1},
        {"results": [{**ENTRY, "model": None, "slug": "m-1"}]},
        {"data": {"models": [{**ENTRY, "model": None, "modelId": "m-1"}]}},
        {"success": True, "data": {"image": [ENTRY]}},
        {
            "data": {
                "records": [{**ENTRY, "capability": None, "capabilities": ["image", "video"]}],
                "total": 1,
            }
        },
        {
            "models": [
                {**ENTRY, "capability": "text-to-image"},
                {"model": "m-2", "capability": "image-to-video"},
            ]
        },
        {"models": [{**ENTRY, "capability": "IMAGE"}, {"model": "m-2", "capability": ["audio"]}]},
        {"list": [{"model": "m-1", "display_name": "M One", "provider": "Acme"}]},
        {"data": {"m-1": {"name": "M One", "vendor": "Acme"}}},
        {"object": "list", "data": [{"id": "m-1", "name": "M One", "owned_by": "Acme"}]},
        {"data": [{"vendor": "Acme", "models": [{"id": "m-1", "name": "M One"}]}]},
        {"data": [{"name": "Acme", "capability": "image", "models": [{"slug": "m-1", "title": "M One"}]}]},
        {"data": [{"model": {"id": "m-1", "name": "M One"}, "vendor": "Acme"}]},
        {"models": [ENTRY, ENTRY, {"model": "film", "capability": "video"}, {"model": "../x y"}, 5]},
    ],
)
def test_a_list_is_found_in_its_envelope(value: Any) -> None:
    models = HUB.read_model_list(answer(value))
    assert not isinstance(models, Problem)
    assert [(model.slug, model.name, model.vendor) for model in models] == [("m-1", "M One", "Acme")]


def test_a_list_of_bare_names_is_a_list() -> None:
    models = HUB.read_model_list(answer(["a", "b"]))
    assert not isinstance(models, Problem)
    assert [model.slug for model in models] == ["a", "b"]


@pytest.mark.parametrize(
    "value",
    [
        {"input_schema": SCHEMA, "example": EXAMPLE},
        {"data": {"inputSchema": SCHEMA, "exampleInput": EXAMPLE}},
        {"data": {"model": {"input_schema": SCHEMA, "example": EXAMPLE}}},
        {"data": [{"schema": {"input": SCHEMA}, "examples": [EXAMPLE]}]},
        {"input_schema": json.dumps(SCHEMA), "example": json.dumps(EXAMPLE)},
        {"input_schema": SCHEMA, "example": {"model": "m-1", "input": EXAMPLE}},
        {"schema": SCHEMA, "examples": [{"name": "Usual", "input": EXAMPLE}]},
        {"schema": SCHEMA, "examples": {"usual": {"summary": "Usual", "value": EXAMPLE}}},
        {"schemas": {"input": SCHEMA, "output": {"properties": {"url": {}}}}, "example": EXAMPLE},
        {"input_schema": {"schema": SCHEMA}, "example": EXAMPLE},
        {"code": 200, "data": {"model": "m-1", "inputSchema": {**SCHEMA, "example": EXAMPLE}}},
        {"result": {"metadata": {"json_schema": SCHEMA}, "sample_input": EXAMPLE}},
        {"input_schema": {**SCHEMA, "examples": [EXAMPLE]}},
        {"data": {"input": SCHEMA}, "example": EXAMPLE},
        {
            "parameters": [{"name": "prompt", "type": "string"}],
            "example": EXAMPLE,
        },
        {"input_schema": {"prompt": {"type": "string", "required": True}}, "example": EXAMPLE},
        {"data": {"parameters": {"prompt": {"type": "string"}}, "example": EXAMPLE}},
    ],
)
def test_schema_and_example_are_found_in_their_envelope(value: Any) -> None:
    detail = HUB.read_model_detail(answer(value))
    assert isinstance(detail, ModelDetail)
    assert detail.input_schema["properties"] == SCHEMA["properties"]
    assert detail.example == EXAMPLE


def test_the_input_of_an_openapi_document_keeps_what_its_refs_point_to() -> None:
    components = {"schemas": {"Style": {"enum": ["a"]}, "MInput": SCHEMA}}
    detail = HUB.read_model_detail(answer({"openapi": {"openapi": "3.0", "components": components}}))
    assert isinstance(detail, ModelDetail)
    assert detail.input_schema == {**SCHEMA, "components": components}


@pytest.mark.parametrize("value", [None, 5, "x", {}, {"data": None}, {"error": {"type": "odd"}}])
def test_what_holds_nothing_is_a_problem_with_a_sentence(value: Any) -> None:
    for read in (HUB.read_model_list(answer(value)), HUB.read_model_detail(answer(value))):
        assert isinstance(read, Problem)
        assert "Mountsea answered with something in which" in read.sentence


def test_an_error_is_a_problem_with_the_providers_words() -> None:
    read = HUB.read_model_list(answer({"message": "Key unknown", "code": "invalid_api_key"}, 401))
    assert isinstance(read, Problem)
    assert (read.code, read.words) == ("invalid_api_key", "Key unknown")
    assert "HTTP 401" in read.sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["data", "models", "model", "id", "input_schema", "example"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_answer_raises(value: Any) -> None:
    HUB.read_model_list(answer(value))
    HUB.read_model_detail(answer(value))


@pytest.mark.parametrize("broken", ["half a \ud83d", "a\0b"])
def test_a_schema_that_no_database_or_page_can_hold_is_not_taken(broken: str) -> None:
    fine = {"type": "object", "properties": {"prompt": {"type": "string", "pattern": r"[^\u0000]"}}}
    assert isinstance(HUB.read_model_detail(answer({"input_schema": fine})), ModelDetail)
    for spoilt in ({**fine, "title": broken}, {**fine, "properties": {"prompt": {}, broken: {}}}):
        found = HUB.read_model_detail(answer({"input_schema": spoilt}))
        assert isinstance(found, Problem)
        assert "a character that can't be kept" in found.sentence
    assert isinstance(
        HUB.read_model_detail(answer({"input_schema": fine, "example": {"prompt": broken}})), Problem
    )
