"""Any JSON schema becomes a spec: each shape on its own, and nothing is dropped."""

from typing import Any

import pytest

from studio.catalog.schema import UnusableSchema, normalise
from studio.catalog.spec import Field, FieldOverlay, Overlay
from studio.catalog.validation import check_schema, find_errors
from studio.catalog.values import complete


def field(schema: dict[str, Any], **root: Any) -> Field:
    spec = normalise({"type": "object", "properties": {"it": schema}, **root})
    found = spec.find("it")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "enum": ["a", "b"]}, "choice"),
        ({"enum": [1, 2]}, "choice"),
        ({"anyOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, "choice"),
        ({"type": "integer"}, "integer"),
        ({"type": ["integer", "null"]}, "integer"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "string", "format": "uri"}, "file"),
        ({"type": "string", "format": "binary"}, "file"),
        ({"type": "string", "format": "uuid"}, "string"),
        ({"type": "array", "items": {"type": "string", "format": "uri"}}, "files"),
        ({"type": "array", "items": {"type": "string"}}, "strings"),
        ({"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}}}}, "objects"),
        ({"type": "array", "items": {"type": "integer"}}, "json"),
        ({"type": "object", "properties": {"x": {"type": "integer"}}}, "object"),
        ({"type": "object"}, "json"),
        ({"oneOf": [{"enum": ["a"]}, {"type": "object", "properties": {"x": {}}}]}, "either"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string"),
        ({"type": "integer", "nullable": True}, "integer"),
        ({"enum": [{"x": 1}]}, "json"),
        ({"enum": ["1", 1]}, "json"),
        ({"enum": ["a", "a", "b"]}, "choice"),
        ({"enum": ["", "a"]}, "choice"),
        ({"enum": ["", "a"], "default": "a"}, "json"),
        ({"type": ["string", "integer"]}, "either"),
        ({"type": ["string", "array"], "items": {"type": "string"}}, "strings"),
        ({}, "json"),
    ],
)
def test_each_shape_has_its_kind(schema: dict[str, Any], kind: str) -> None:
    assert field(schema).kind == kind


def test_allof_with_a_ref_to_an_enum_is_a_choice_with_the_fields_own_words() -> None:
    found = field(
        {"allOf": [{"$ref": "#/$defs/Style"}], "default": "b", "title": "Look"},
        **{"$defs": {"Style": {"title": "Style", "type": "string", "enum": ["a", "b"]}}},
    )
    assert (found.kind, found.title, found.default) == ("choice", "Look", "b")
    assert [option.value for option in found.options] == ["a", "b"]


def test_refs_are_looked_up_in_the_whole_document() -> None:
    document = {"components": {"schemas": {"Size": {"enum": ["s", "m"]}}}}
    schema = {"properties": {"it": {"$ref": "#/components/schemas/Size"}}}
    found = normalise(schema, document=document).find("it")
    assert found is not None
    assert [option.key for option in found.options] == ["s", "m"]


def test_an_enum_with_null_loses_the_null() -> None:
    found = field({"enum": ["a", None], "default": None})
    assert [option.value for option in found.options] == ["a"]
    assert found.default is None


def test_bounds_and_steps() -> None:
    found = field({"type": "integer", "exclusiveMinimum": 0, "maximum": 8.5, "multipleOf": 2})
    assert (found.minimum, found.maximum, found.step) == (1, 8, 2)
    found = field({"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1})
    assert (found.above, found.minimum, found.maximum) == (0, None, 1)


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["a", "b"], "default": "c"},
        {"type": "integer", "minimum": 1, "maximum": 4, "default": 9},
        {"type": "integer", "default": "x"},
        {"type": "integer", "default": 2**60},
        {"type": "number", "minimum": 1, "default": 0.5},
        {"type": "boolean", "default": "maybe"},
        {"type": "string", "default": {"a": 1}},
        {"type": "array", "items": {"type": "string"}, "default": 5},
    ],
)
def test_a_default_that_the_schema_itself_refuses_is_left_to_the_provider(schema: dict[str, Any]) -> None:
    assert field(schema).default is None


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert repr(field({"type": "integer", "default": 4.0}).default) == "4"


def test_numbers_beyond_all_others_are_no_bounds() -> None:
    found = field({"type": "integer", "minimum": -(10**400), "maximum": 10**400, "x-order": 10**400})
    assert (found.minimum, found.maximum) == (None, None)


def test_a_constant_is_hidden_and_sent_as_it_is() -> None:
    found = field({"const": "v2"})
    assert (found.is_hidden, found.fixed) == (True, "v2")


def test_nested_objects_and_arrays_keep_their_fields() -> None:
    size = {
        "type": "object",
        "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}},
        "required": ["width"],
    }
    found = field({"type": "array", "items": size})
    assert [(each.name, each.required) for each in found.fields] == [("width", True), ("height", False)]


def test_either_keeps_all_its_variants() -> None:
    found = field({"anyOf": [{"type": "string", "title": "Preset"}, {"type": "integer"}, {"type": "null"}]})
    assert [(each.title, each.kind) for each in found.variants] == [
        ("Preset", "string"),
        ("Integer", "integer"),
    ]


def test_the_order_is_x_order_as_a_list_or_as_numbers() -> None:
    as_list = normalise({"properties": {"a": {}, "b": {}, "c": {}}, "x-order": ["c", "a"]})
    as_numbers = normalise({"properties": {"a": {"x-order": 2}, "b": {"x-order": 0}, "c": {"x-order": 1}}})
    fal = normalise({"properties": {"a": {}, "b": {}}, "x-fal-order-properties": ["b", "a"]})
    assert [each.name for each in as_list.fields] == ["c", "a", "b"]
    assert [each.name for each in as_numbers.fields] == ["b", "c", "a"]
    assert [each.name for each in fal.fields] == ["b", "a"]


def test_a_recursive_schema_comes_to_an_end() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
    }
    spec = normalise({"properties": {"it": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}})
    assert [each.kind for each in spec.fields] == ["object"]
    assert not find_errors(spec, {"it": {"children": [{"children": []}]}})


def test_references_in_a_circle_come_to_an_end() -> None:
    circle = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A", "title": "Round"}}
    found = field({"$ref": "#/$defs/A"}, **{"$defs": circle})
    assert (found.kind, found.title) == ("json", "Round")


BASE = {
    "title": "Base",
    "type": "object",
    "properties": {"a": {"type": "string", "maxLength": 9}},
    "required": ["a"],
}


def test_what_stands_beside_a_reference_holds_as_well() -> None:
    beside = {"$ref": "#/$defs/Base", "title": "Own", "properties": {"b": {"type": "integer"}}}
    found = field(beside, **{"$defs": {"Base": BASE}})
    assert (found.kind, found.title) == ("object", "Own")
    assert {(each.name, each.required) for each in found.fields} == {("a", True), ("b", False)}


def test_a_reference_that_is_narrowed_is_drawn_and_checked_by_both() -> None:
    narrowed = {"$ref": "#/$defs/Base", "properties": {"a": {"maxLength": 3, "enum": ["ox", "bison"]}}}
    spec = normalise({"properties": {"it": narrowed}, "$defs": {"Base": BASE}})
    (part,) = spec.fields[0].fields
    assert (part.kind, [option.key for option in part.options]) == ("choice", ["ox", "bison"])
    assert not find_errors(spec, {"it": {"a": "ox"}})
    assert find_errors(spec, {"it": {"a": "bison"}})
    longer = normalise(
        {"properties": {"it": {"$ref": "#/$defs/A", "maxLength": 9}}, "$defs": {"A": {"maxLength": 2}}}
    )
    assert find_errors(longer, {"it": "abc"})


@pytest.mark.parametrize(
    ("ref", "kind"),
    [
        ("#/$defs/My%20Look", "choice"),
        ("#/$defs/a~1b/oneOf/1", "integer"),
        ("#/$defs/a~1b/oneOf/7", "json"),
        ("#/nowhere/at/all", "json"),
        ("#anchor", "json"),
        ("https://example.com/schema.json", "json"),
    ],
)
def test_a_reference_leads_where_its_pointer_says_or_nowhere(ref: str, kind: str) -> None:
    targets = {"My Look": {"enum": ["x", "y"]}, "a/b": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}
    assert field({"$ref": ref}, **{"$defs": targets}).kind == kind


@pytest.mark.parametrize("keyword", ["dependentSchemas", "dependencies"])
def test_references_in_what_depends_are_followed_and_asked_for(keyword: str) -> None:
    document = {
        "properties": {"a": {"type": "string"}},
        keyword: {"a": {"$ref": "#/$defs/More"}},
        "$defs": {"More": {"properties": {"b": {"type": "string"}}, "required": ["b"]}},
    }
    spec = normalise(document)
    assert [each.name for each in spec.fields] == ["a", "b"]
    assert not find_errors(spec, {"a": "x", "b": "y"})
    assert find_errors(spec, {"a": "x"}) == {"b": "B is needed."}


def test_what_only_branches_say_of_the_whole_is_checked() -> None:
    closed = {"properties": {"a": {}}, "additionalProperties": False}
    either = {
        "properties": {"a": {}, "b": {}},
        "anyOf": [closed, {"required": ["b"], "properties": {"a": False}}],
    }
    then = {"properties": {"a": {}, "b": {}}, "if": {"required": ["a"]}, "then": {"required": ["b"]}}
    assert find_errors(normalise(either), {"a": 1, "b": 2}).keys() == {""}
    assert find_errors(normalise(then), {"a": 1}) == {"b": "B is needed."}
    contradiction = {
        "allOf": [{"additionalProperties": False, "properties": {"a": {}}}],
        "additionalProperties": {},
    }
    spec = normalise({**contradiction, "properties": {"b": {}}})
    assert find_errors(spec, {"b": 1}).keys() == {""}


@pytest.mark.parametrize("keyword", ["unevaluatedProperties", "additionalProperties"])
def test_references_in_other_properties_are_followed(keyword: str) -> None:
    group = {"type": "object", "properties": {"x": {}}, keyword: {"$ref": "#/$defs/Text"}}
    spec = normalise({"properties": {"it": group}, "$defs": {"Text": {"type": "string"}}})
    assert not find_errors(spec, {"it": {"y": "text"}})
    assert find_errors(spec, {"it": {"y": 5}})


def test_a_list_of_schemas_for_items_is_read_as_older_drafts_mean_it() -> None:
    pair = {"type": "array", "items": [{"type": "integer"}, {"type": "string"}], "additionalItems": False}
    spec = normalise({"properties": {"it": pair}})
    check_schema(spec)
    assert not find_errors(spec, {"it": [1, "a"]})
    assert find_errors(spec, {"it": ["a", 1]})
    assert find_errors(spec, {"it": [1, "a", 2]})


def test_what_may_never_be_given_is_refused() -> None:
    spec = normalise({"properties": {"no": False, "yes": True}})
    assert find_errors(spec, {"no": 1}).keys() == {"no"}
    assert not find_errors(spec, {"yes": 1})


def test_what_is_required_but_described_nowhere_is_asked_for() -> None:
    spec = normalise({"properties": {"a": {"type": "string"}}, "required": ["ghost"]})
    assert [(each.name, each.kind, each.required) for each in spec.fields] == [
        ("ghost", "json", True),
        ("a", "string", False),
    ]
    assert find_errors(spec, {"a": "x"}) == {"ghost": "Ghost is needed."}


def test_a_schema_that_explodes_comes_to_an_end() -> None:
    level = {f"L{n}": {"anyOf": [{"$ref": f"#/$defs/L{n + 1}"}] * 9} for n in range(20)}
    assert normalise({"properties": {"it": {"$ref": "#/$defs/L0"}}, "$defs": level}).find("it")


def test_contradicting_branches_are_still_checked() -> None:
    schema = {"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 5}]}
    spec = normalise({"properties": {"it": schema}})
    assert find_errors(spec, {"it": 3})
    assert not find_errors(spec, {"it": 6})


def test_contradictions_within_branches_are_checked_beside_others() -> None:
    inner = {"allOf": [{"type": "integer", "minimum": 3}, {"minimum": 5}]}
    spec = normalise(
        {"properties": {"it": {"type": "integer", "maximum": 9, "allOf": [inner, {"maximum": 7}]}}}
    )
    assert [value for value in range(2, 10) if not find_errors(spec, {"it": value})] == [5, 6, 7]


def test_keywords_that_belong_together_are_not_mixed() -> None:
    short = {"if": {"const": "a"}, "then": {"maxLength": 1}}
    long = {"if": {"const": "b"}, "then": {"minLength": 1}, "else": {"minLength": 2}}
    spec = normalise({"properties": {"it": {"type": "string", **short, "allOf": [long]}}})
    assert [text for text in ("a", "b", "c", "cc") if find_errors(spec, {"it": text})] == ["a", "c"]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"properties": []}, {"properties": {}}])
def test_a_schema_without_properties_is_unusable(schema: dict[str, Any]) -> None:
    with pytest.raises(UnusableSchema, match="no properties"):
        normalise(schema)


def test_an_overlay_says_what_the_schema_cannot() -> None:
    overlay = Overlay(
        fields={
            "n": FieldOverlay(title="Images", minimum=1, maximum=4),
            "debug": FieldOverlay(is_hidden=True, fixed=False),
            "format": FieldOverlay(labels={"jpeg": "Photograph"}),
        },
        max_calls=3,
    )
    properties = {
        "n": {"type": "integer"},
        "debug": {"type": "boolean"},
        "format": {"enum": ["jpeg", "png"]},
    }
    spec = normalise({"properties": properties}, overlay=overlay)
    count, debug, fmt = spec.fields
    assert (count.title, count.role, count.minimum, count.maximum) == ("Images", "count", 1, 4)
    assert [each.name for each in spec.shown] == ["n", "format"]
    assert (debug.is_hidden, debug.fixed) == (True, False)
    assert [option.label for option in fmt.options] == ["Photograph", "PNG"]
    assert spec.max_calls == 3
    assert find_errors(spec, {"n": 5}) == {"n": "Images must be from 1 to 4."}
    assert find_errors(spec, {"debug": True}) == {"debug": "Debug can't be changed here."}


@pytest.mark.parametrize(
    ("one", "kind"), [({"type": "string", "format": "binary"}, "files"), ({"type": "string"}, "strings")]
)
def test_one_or_several_of_the_same_is_a_list(one: Any, kind: str) -> None:
    several = {"type": "array", "maxItems": 16, "items": one}
    spec = normalise({"properties": {"image": {"anyOf": [one, several], "description": "To edit."}}})
    (field,) = spec.fields
    assert (field.kind, field.role, field.max_items, field.help) == (kind, "references", 16, "To edit.")
    assert find_errors(spec, {"image": ["https://example.com/a.png"]}) == {}
    assert find_errors(spec, {"image": ["https://example.com/a.png"] * 17}).keys() == {"image"}


def test_where_there_is_nothing_to_choose_nothing_is_asked() -> None:
    spec = normalise(
        {"properties": {"prompt": {}, "type": {"enum": ["image"]}}, "required": ["prompt", "type"]}
    )
    assert [field.name for field in spec.shown] == ["prompt"]
    assert complete(spec, {"prompt": "a"}) == {"prompt": "a", "type": "image"}
    assert not field({"enum": ["image"]}).is_hidden  # it may be left out: that is a choice


def test_numbers_of_images_are_called_so_whatever_their_field() -> None:
    spec = normalise(
        {"properties": {"n": {"type": "integer"}, "size": {"enum": ["square_hd", "portrait_4_3"]}}}
    )
    assert [field.title for field in spec.fields] == ["Images", "Size"]
    assert [option.label for option in spec.fields[1].options] == ["Square HD", "Portrait 4:3"]
