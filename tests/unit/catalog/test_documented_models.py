"""The offered models ask for exactly what the providers' documents say."""

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from studio.catalog.forms import PREFIX, InputForm, build_form, initial_from_input
from studio.catalog.schema import normalise
from studio.catalog.spec import Spec
from studio.catalog.validation import find_errors
from studio.catalog.values import complete, to_text
from tests.unit.catalog.data import ALL_FILES, FILES, read, spec

MODELS = sorted(FILES)


def posted(form: InputForm) -> dict[str, Any]:
    """Return what a browser sends for an unbound form: what it shows."""
    drawn = [each for row in form.rows for each in row] + form.advanced
    return {each.name: each.value for each in drawn if each.style != "references"}


@pytest.mark.parametrize("slug", MODELS)
def test_every_parameter_option_and_default_is_there(slug: str) -> None:
    schema = read(FILES[slug])["input_schema"]
    fields = spec(slug).fields
    assert [each.name for each in fields] == schema["x-order"]
    assert {each.name for each in fields} == schema["properties"].keys()
    for each in fields:
        documented = schema["properties"][each.name]
        assert each.default == documented.get("default")
        assert [option.value for option in each.options] == documented.get("enum", [])
        assert each.required == (each.name in schema["required"])


@pytest.mark.parametrize("slug", MODELS)
def test_the_limits_are_those_of_the_models_origin(slug: str) -> None:
    hints = read(FILES[slug]).get("upstream_hints", {})
    names = {"minimum": "minimum", "maximum": "maximum", "minLength": "min_length", "maxLength": "max_length"}
    for name, limits in hints.items():
        found = spec(slug).find(name)
        for rule, limit in limits.items() if found and isinstance(limits, dict) else ():
            assert getattr(found, names[rule]) == limit


@pytest.mark.parametrize("slug", MODELS)
def test_the_example_is_valid_and_comes_back_from_its_form(slug: str) -> None:
    example = read(FILES[slug])["example"]
    assert find_errors(spec(slug), example) == {}
    form = build_form(spec(slug), initial=initial_from_input(spec(slug), example))
    sent = build_form(spec(slug), posted(form))
    assert sent.is_valid(), sent.errors
    assert sent.to_input() == complete(spec(slug), example)


def test_the_prompt_alone_gives_the_documented_defaults() -> None:
    example = read(FILES["nano-banana-2"])["example"]
    assert complete(spec("nano-banana-2"), {"prompt": example["prompt"]}) == example
    form = build_form(spec("nano-banana-2"), {"in-prompt": example["prompt"]})
    assert form.is_valid()
    assert form.to_input() == example


def test_roles_and_hidden_fields() -> None:
    hub, stream = spec("nano-banana-2"), spec("NB2")
    roles = {each.role: each.name for each in hub.fields if each.role}
    assert roles == {
        "prompt": "prompt",
        "count": "num_images",
        "resolution": "resolution",
        "aspect_ratio": "aspect_ratio",
        "seed": "seed",
    }
    roles = {each.role: each.name for each in stream.fields if each.role}
    assert roles == {
        "prompt": "prompt",
        "references": "images",
        "aspect_ratio": "size",
        "resolution": "quality",
    }
    assert [each.name for each in hub.fields if each.is_hidden] == ["sync_mode"]
    assert (hub.max_calls, stream.max_calls) == (1, 4)
    references = stream.with_role("references")
    assert references is not None
    assert references.max_items == 14


@pytest.mark.parametrize("file", ALL_FILES)
def test_every_other_documented_model_can_already_be_read(file: str) -> None:
    document = read(file)
    found: Spec = normalise(document["input_schema"])
    assert {each.name for each in found.fields} == document["input_schema"]["properties"].keys()
    assert find_errors(found, document["example"]) == {}
    assert not {each.kind for each in found.fields} & {"json"}
    form = build_form(found, initial=document["example"])
    data = MultiValueDict({name: [value] for name, value in posted(form).items()})
    data.setlist("kept-uploads", ["1"])
    sent = build_form(found, data)
    assert sent.is_valid(), sent.errors
    references = found.with_role("references")
    expected = complete(found, document["example"])
    if references is not None:
        expected[references.name] = [{"upload": 1}]
    assert sent.to_input() == expected


@pytest.mark.parametrize("slug", MODELS)
def test_what_a_control_holds_reads_back_as_the_same_value(slug: str) -> None:
    for each in spec(slug).shown:
        for option in each.options:
            form = build_form(
                spec(slug), {"in-prompt": "a lake", PREFIX + each.name: to_text(each, option.value)}
            )
            assert form.is_valid()
            assert form.to_input()[each.name] == option.value
