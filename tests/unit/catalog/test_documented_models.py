"""The offered models ask for exactly what the providers' documents say."""

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from studio.catalog.forms import PREFIX, InputForm, build_form, initial_from_input
from studio.catalog.validation import find_errors
from studio.catalog.values import complete, to_text
from tests.unit.catalog.data import ALL_FILES, FILES, read, spec

MODELS = sorted(FILES)


def test_they_are_thirteen() -> None:
    assert len(FILES) == 13
    assert sorted(FILES.values()) == ALL_FILES


def posted(form: InputForm) -> dict[str, Any]:
    """Return what a browser sends for an unbound form: what it shows."""
    drawn = [each for row in form.rows for each in row] + form.advanced
    return {each.name: each.value for each in drawn if not each.field.takes_images}


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
    names = {
        "minimum": "minimum",
        "maximum": "maximum",
        "minLength": "min_length",
        "maxLength": "max_length",
        "maxItems": "max_items",
    }
    for name, limits in hints.items():
        found = spec(slug).find(name)
        for rule, limit in limits.items() if found and isinstance(limits, dict) else ():
            if rule != "note":
                assert getattr(found, names[rule]) == limit


@pytest.mark.parametrize("slug", MODELS)
def test_the_example_is_valid_and_comes_back_from_its_form(slug: str) -> None:
    example, expected = read(FILES[slug])["example"], complete(spec(slug), read(FILES[slug])["example"])
    assert find_errors(spec(slug), example) == {}
    form = build_form(spec(slug), initial=initial_from_input(spec(slug), example))
    data = MultiValueDict({name: [value] for name, value in posted(form).items()})
    references = spec(slug).with_role("references")
    if references is not None and references.name in example:
        data.setlist(PREFIX + references.name, ["upload:1"])
        expected[references.name] = [{"upload": 1}]
    sent = build_form(spec(slug), data)
    assert sent.is_valid(), sent.errors
    assert sent.to_input() == expected


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


@pytest.mark.parametrize("slug", MODELS)
def test_everything_is_drawn(slug: str) -> None:
    fields = spec(slug).fields
    assert not {each.kind for each in fields} & {"json"}
    form = build_form(spec(slug))
    drawn = {each.field.name for row in form.rows for each in row} | {
        each.field.name for each in form.advanced
    }
    hidden = {each.name for each in fields if each.is_hidden}
    assert drawn - {"@calls"} == {each.name for each in fields} - hidden
    assert hidden <= {"sync_mode", "partial_images"}


def test_ratios_that_are_only_examples_are_tiles_and_others_are_taken() -> None:
    size = spec("NBP").find("size")
    assert size is not None
    assert (size.kind, size.role, len(size.examples)) == ("string", "aspect_ratio", 10)
    form = build_form(spec("NBP"), initial={"size": "7:5"})
    drawn = next(each for row in form.rows for each in row if each.field.name == "size")
    assert drawn.style == "ratios"
    assert [each.key for each in drawn.options if each.is_chosen] == ["7:5"]
    assert {"1:1", "21:9"} < {each.key for each in drawn.options}
    given = {"prompt": "a lake", "images": ["https://example.com/a.png"], "size": "7:5"}
    assert find_errors(spec("NBP"), given) == {}


@pytest.mark.parametrize("slug", MODELS)
def test_what_a_control_holds_reads_back_as_the_same_value(slug: str) -> None:
    for each in spec(slug).shown:
        for option in each.options:
            said = {"in-prompt": "a lake", PREFIX + each.name: to_text(each, option.value)}
            if references := spec(slug).with_role("references"):
                said[PREFIX + references.name] = "upload:1"
            form = build_form(spec(slug), said)
            assert form.is_valid()
            assert form.to_input()[each.name] == option.value
