"""Bad input gets a sentence each, keeps what was typed, and never becomes an input."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from studio.catalog.forms import build_form
from studio.catalog.schema import normalise
from studio.catalog.validation import find_errors
from studio.catalog.values import InvalidValue, values_from_pairs
from tests.unit.catalog.data import spec

GOOD = {"in-prompt": "a lake at dawn"}


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"in-prompt": ""}, "prompt", "Write a prompt."),
        ({"in-prompt": " \n "}, "prompt", "Write a prompt."),
        ({"in-prompt": "ab"}, "prompt", "Prompt must have at least 3 characters; this has 2."),
        (
            {"in-prompt": "x" * 100_000},
            "prompt",
            "Prompt must have at most 50,000 characters; this has 100,000.",
        ),
        (
            {"in-prompt": "a\0lake"},
            "prompt",
            "Prompt contains a NUL character, which can't be sent. Remove it.",
        ),
        (
            {"in-prompt": "a \ud800 lake"},
            "prompt",
            "Prompt contains broken characters, which can't be sent. Type them again.",
        ),
        ({"in-num_images": "0"}, "num_images", "Images must be from 1 to 4."),
        ({"in-num_images": "5"}, "num_images", "Images must be from 1 to 4."),
        ({"in-num_images": "two"}, "num_images", "Images must be a whole number, not “two”."),
        ({"in-num_images": "1.5"}, "num_images", "Images must be a whole number, not “1.5”."),
        ({"in-seed": "9" * 5000}, "seed", f"Seed must be a whole number, not “{'9' * 59}…”."),
        ({"in-seed": "9" * 20}, "seed", "Seed is too large a number."),
        (
            {"in-resolution": "8K"},
            "resolution",
            "Resolution has no option “8K”. Choose 0.5K, 1K, 2K or 4K.",
        ),
        ({"in-limit_generations": "maybe"}, "limit_generations", "must be true or false, not “maybe”."),
        ({"in-foo": "1"}, "__all__", "This model has no parameter “foo”. Reload the page and try again."),
        ({"in-sync_mode": "true"}, "__all__", "This model has no parameter “sync_mode”. Reload the page"),
    ],
)
def test_each_mistake_has_its_sentence_and_stays_in_the_form(
    given: dict[str, str], field: str, sentence: str
) -> None:
    form = build_form(spec("nano-banana-2"), {**GOOD, **given})
    assert not form.is_valid()
    assert sentence in str(form.errors[field][0])
    html = render_to_string("catalog/_form_fields.html", {"form": form})
    assert sentence.split("“")[0].replace("'", "&#x27;") in html
    if field == "prompt" and len(given["in-prompt"]) > 2 and "\0" not in given["in-prompt"]:
        assert given["in-prompt"] in html


def test_one_mistake_does_not_hide_another() -> None:
    form = build_form(spec("nano-banana-2"), {"in-prompt": "", "in-seed": "x", "in-num_images": "9"})
    assert not form.is_valid()
    assert set(form.errors) == {"prompt", "seed", "num_images"}


def test_too_many_references() -> None:
    images = [f"upload:{number}" for number in range(1, 16)]
    form = build_form(spec("NB2"), MultiValueDict({"in-prompt": ["a lake"], "in-images": images}))
    assert not form.is_valid()
    assert form.errors["images"] == ["Reference images: at most 14 images; these are 15."]


def test_images_under_another_name_are_refused() -> None:
    form = build_form(spec("nano-banana-2"), {**GOOD, "in-images": "upload:1"})
    assert not form.is_valid()
    assert "no parameter “images”" in form.errors["__all__"][0]


def test_too_many_calls() -> None:
    form = build_form(spec("NB2"), {**GOOD, "calls": "5"})
    assert not form.is_valid()
    assert [str(sentence) for sentence in form.errors["@calls"]] == ["Images must be from 1 to 4."]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({}, "prompt", "Write a prompt."),
        ({"prompt": 5}, "prompt", "Prompt must be a text, not “5”."),
        ({"prompt": "a lake", "size": "auto"}, "size", "Aspect ratio has no option “auto”. Choose 1:1, 2:3,"),
        ({"prompt": "a lake", "num_images": 2}, "num_images", "This model has no parameter “num_images”."),
        ({"prompt": "a lake", "gweb_search": "yes"}, "gweb_search", "Web search must be true or false"),
        ({"prompt": "a lake", "images": "x"}, "images", "takes files or addresses, and “x” is neither."),
        ({"prompt": "a lake", "images": [{"upload": "1"}]}, "images", "Reference images must be a text"),
        ({"prompt": "a lake", "images": ["upload:1"]}, "images", "takes files or addresses"),
        ({"prompt": "a lake", "images": [{"upload": 1}] * 15}, "images", "at most 14 images; these are 15."),
        ({"prompt": "a lake", "size": {"upload": 1}}, "size", 'must be a text, not “{"upload": 1}”.'),
    ],
)
def test_each_wrong_input_has_its_sentence(given: dict[str, Any], field: str, sentence: str) -> None:
    assert sentence in find_errors(spec("NB2"), given)[field]


def test_pairs_of_the_command_line_are_typed() -> None:
    pairs = ["seed=7", "limit_generations=false", "resolution=2K", "system_prompt=Be calm = be brief"]
    assert values_from_pairs(spec("nano-banana-2"), pairs) == {
        "seed": 7,
        "limit_generations": False,
        "resolution": "2K",
        "system_prompt": "Be calm = be brief",
    }
    assert values_from_pairs(spec("NB2"), ['images=["https://example.com/a.png"]']) == {
        "images": ["https://example.com/a.png"]
    }


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        ("seed", "“seed” is not of the form name=value."),
        ("=5", "“=5” is not of the form name=value."),
        ("sneed=5", "This model has no parameter “sneed”. It has prompt, num_images,"),
        ("sync_mode=true", "This model has no parameter “sync_mode”."),
        ("seed=soon", "Seed must be a whole number, not “soon”."),
        ("resolution=9K", "Resolution has no option “9K”."),
    ],
)
def test_wrong_pairs_have_their_sentences(pair: str, sentence: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        values_from_pairs(spec("nano-banana-2"), [pair])
    assert sentence in refusal.value.sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1" + "0" * 400, "Anything is too large a number."),
        ("[1e999]", "Anything is too large a number."),
        ("[" * 500 + "]" * 500, "Anything is nested too deeply."),
        ('{"a":' * 500 + "1" + "}" * 500, "Anything is nested too deeply."),
        ("[" * 100_000, "Anything must be written as JSON, and this isn't JSON."),
        ("NaN", "Anything must be written as JSON, and this isn't JSON."),
    ],
)
def test_json_without_measure_is_refused(text: str, sentence: str) -> None:
    form = build_form(normalise({"properties": {"anything": {}}}), {"in-anything": text})
    assert not form.is_valid()
    assert form.errors["anything"] == [sentence]


@pytest.mark.parametrize(
    ("value", "step", "is_right"),
    [
        ("0.3", 0.1, True),
        ("0.07", 0.01, True),
        ("0.35", 0.1, False),
        ("1e300", 0.1, True),
        ("7", 3, False),
        ("0.5", 1e-300, True),
    ],
)
def test_steps_are_counted_in_decimal_numbers(value: str, step: float, is_right: bool) -> None:
    spec = normalise({"properties": {"strength": {"type": "number", "multipleOf": step}}})
    found = find_errors(spec, {"strength": float(value)})
    assert ("multiple" in found.get("strength", "")) is not is_right or "too large" in found["strength"]


def test_what_is_missing_is_said_before_what_is_wrong_in_the_rest() -> None:
    group = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["b"]}
    found = find_errors(normalise({"properties": {"group": group}}), {"group": {"a": "x"}})
    assert found == {"group": "Group is incomplete: something that it needs is missing."}


@pytest.mark.parametrize("text", ["1_0", "1,5", "0x10", "nan", "inf", "1e999"])
def test_a_number_is_written_plainly(text: str) -> None:
    form = build_form(normalise({"properties": {"strength": {"type": "number"}}}), {"in-strength": text})
    assert form.errors["strength"] == [f"Strength must be a number, not “{text}”."]
