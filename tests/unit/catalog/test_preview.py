"""Schemas in the manner of fal, Replicate and OpenAI are drawn without losing a property; `preview_schema` shows it.

The schemas are written for these tests: real field names, our own words, each in its provider's own envelope.
"""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from studio.catalog.forms import build_form
from studio.catalog.preview import Row, preview
from studio.catalog.schema import normalise
from studio.catalog.validation import find_errors

FILES = sorted((Path(__file__).parent / "schemas").glob("*.json"))
ROOT = "/components/schemas/Input"
# Any names may be keys of these, so there is no list of fields to draw.
OPEN = {"sigma_schedule"}


def document(name: str) -> Any:
    return json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


def rows(name: str) -> dict[str, Row]:
    return {row["name"]: row for row in preview(document(name), root=ROOT)}


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("preview_schema", *arguments, stdout=said)
    return said.getvalue()


def test_there_are_twenty() -> None:
    assert len(FILES) >= 20
    assert {file.name.partition(".")[0] for file in FILES} == {"fal", "replicate", "openai"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_property_default_or_option_is_lost(file: Path) -> None:
    whole = document(file.stem)
    drawn = rows(file.stem)
    written = whole["components"]["schemas"]["Input"]["properties"]
    assert written.keys() <= drawn.keys()
    for name, part in written.items():
        if part.get("default") is not None:
            assert drawn[name]["default"] == part["default"]
        if isinstance(part.get("enum"), list):
            assert drawn[name]["options"] == [value for value in part["enum"] if value is not None]
    for name, row in drawn.items():
        assert row["kind"] != "json" or row["hidden"] or name in OPEN, name
        assert row["required"] == (name in whole["components"]["schemas"]["Input"]["required"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shown_property_has_a_control_and_the_defaults_are_valid(file: Path) -> None:
    whole = document(file.stem)
    spec = normalise(whole["components"]["schemas"]["Input"], document=whole)
    form = build_form(spec)
    controls = [each for row in form.rows for each in row] + form.advanced
    assert {each.field.name for each in controls} == {field.name for field in spec.shown}
    usual: Any = {field.name: field.default for field in spec.shown if field.default is not None}
    missing = {field.name for field in spec.fields if field.required}
    assert find_errors(spec, usual).keys() <= missing


def test_replicates_order_refs_and_nullables() -> None:
    found = rows("replicate.flux-schnell")
    assert list(found)[:4] == ["prompt", "aspect_ratio", "num_outputs", "num_inference_steps"]
    ratio = found["aspect_ratio"]
    assert (ratio["kind"], ratio["default"], len(ratio["options"])) == ("choice", "1:1", 8)
    assert found["seed"]["kind"] == "integer"
    assert found["num_outputs"]["bounds"] == {"minimum": 1, "maximum": 4}


def test_fals_size_is_a_preset_or_an_object_and_its_order_is_kept() -> None:
    found = rows("fal.flux-lora")
    assert list(found)[:5] == ["prompt", "image_size", "num_inference_steps", "seed", "loras"]
    assert found["image_size"]["options"][:2] == ["square_hd", "square"]
    assert [below["name"] for below in found["image_size"]["fields"]] == ["width", "height"]
    assert [below["name"] for below in found["loras"]["fields"]] == ["path", "scale"]
    assert found["sync_mode"]["hidden"]


def test_openais_base_is_merged_and_its_files_are_files() -> None:
    assert {"prompt", "model", "quality", "type"} <= rows("openai.image-tool").keys()
    assert rows("openai.create-image-edit")["mask"]["kind"] == "file"
    assert rows("fal.control-inpaint")["strength"]["bounds"]["multipleOf"] == 0.01


def test_properties_of_contradicting_and_of_alternative_branches_are_all_asked_for() -> None:
    schema: Any = {
        "allOf": [
            {"properties": {"a": {}}, "required": ["a"], "additionalProperties": True},
            {"properties": {"b": {}}, "required": ["b"], "additionalProperties": False},
        ],
        "anyOf": [{"properties": {"c": {}}, "required": ["c"]}, {"properties": {"d": {}}}],
    }
    found = {row["name"]: row["required"] for row in preview(schema)}
    assert found == {"a": True, "b": True, "c": False, "d": False}


@pytest.mark.parametrize("nothing", [{"type": "null"}, {"enum": [None]}, {"const": None}])
def test_a_branch_that_takes_only_null_is_none(nothing: Any) -> None:
    (row,) = preview({"properties": {"it": {"anyOf": [{"type": "integer"}, nothing]}}})
    assert row["kind"] == "integer"


def test_the_command_prints_rows_as_json_and_as_text() -> None:
    file = str(Path(__file__).parent / "schemas" / "fal.ideogram-v3.json")
    printed = json.loads(run(file, "--root", ROOT, "--json"))
    found = {row["name"]: row for row in printed}
    assert printed[0].keys() == {
        "name",
        "kind",
        "required",
        "hidden",
        "default",
        "options",
        "bounds",
        "fields",
    }
    palette = {row["name"]: row for row in found["color_palette"]["fields"]}
    assert [row["name"] for row in palette["members"]["fields"]] == ["rgb", "color_weight"]
    text = run(file, "--root", "#" + ROOT)
    assert "num_images  integer  default=1  minimum=1  maximum=8" in text
    assert "sync_mode  boolean  hidden" in text


@pytest.mark.parametrize(
    ("content", "root", "reason"),
    [
        (None, "", "can't be read"),
        ("{", "", "not JSON: see line 1, column 2"),
        (b"\xff\xfe\x00", "", "nor text at all"),
        ("[" * 100_000, "", "nested too deeply"),
        ("[]", "", "no JSON object"),
        ("{}", "", "no properties"),
        ('{"a": {"properties": {"x": {}}}}', "", "no properties"),
        ('{"a": {"properties": {"x": {}}}}', "/b", "no schema at /b"),
        ('{"properties": {"x": {"type": "number", "minimum": "one"}}}', "", "not a valid JSON Schema"),
        ('{"properties": {"x": {"type": "string", "pattern": "("}}}', "", "not a valid JSON Schema"),
    ],
)
def test_an_unusable_schema_ends_with_the_reason(
    tmp_path: Path, content: str | bytes | None, root: str, reason: str
) -> None:
    file = tmp_path / "schema.json"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CommandError, match=reason) as refusal:
        run(str(file), "--root", root)
    assert refusal.value.returncode == 1
