"""The form as a person sees it: labelled controls, the values of an input, and a change of model."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from studio.catalog.drawing import Drawn, Preview
from studio.catalog.forms import InputForm, build_form, initial_from_input
from studio.catalog.refitting import refit_form
from studio.catalog.schema import normalise
from tests.bench.markup import Element, parse
from tests.bench.rules import assert_clean_markup
from tests.unit.catalog.data import ALL_FILES, read, spec

SEVERAL_IMAGES: dict[str, Any] = {
    "type": "object",
    "required": ["prompt", "image_url"],
    "properties": {
        "prompt": {"type": "string"},
        "image_url": {"type": "string", "format": "uri"},
        "mask_url": {"type": "string", "format": "uri"},
        "style_images": {"type": "array", "items": {"type": "string", "format": "uri"}, "maxItems": 3},
        "start": {"type": "string", "format": "uri", "description": "A sketch to begin with."},
        "lora": {"type": "string", "format": "uri", "description": "Weights of a LoRA for the image."},
        "voice_url": {"type": "string", "format": "uri"},
        "video_url": {"type": "string", "format": "uri", "description": "As reference."},
    },
}


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


def test_references_come_back_in_order_uploads_and_addresses_alike() -> None:
    images = [{"upload": 9}, "https://example.com/a.png", {"upload": 4}]
    first = build_form(spec("NB2"), initial=initial_from_input(spec("NB2"), {"images": images}))
    first.previews = {4: Preview("/small/4/", "/uploads/4/")}
    page = drawn(first)
    sent = ["upload:9", "https://example.com/a.png", "upload:4"]
    assert checked(page, "in-images") == sent
    assert "/small/4/" in [image.attrs.get("src") for image in page.find_all("img")]
    form = build_form(
        spec("NB2"), MultiValueDict({"in-prompt": ["a lake"], "in-images": sent, "calls": ["3"]})
    )
    assert form.is_valid()
    assert form.upload_ids == [9, 4]
    assert form.calls == 3
    assert form.to_input()["images"] == images


def test_each_field_that_takes_images_has_a_control_of_its_own() -> None:
    of = normalise(SEVERAL_IMAGES)
    form = build_form(
        of,
        initial={"image_url": {"upload": 1}, "mask_url": {"upload": 2}, "style_images": [{"upload": 3}]},
    )
    page = drawn(form)
    shown = {element.attrs["name"] for element in page.find_all("input[type=file]")}
    assert shown == {"in-image_url", "in-mask_url", "in-style_images", "in-start"}
    assert [checked(page, f"in-{name}") for name in ("image_url", "mask_url", "style_images")] == [
        ["upload:1"],
        ["upload:2"],
        ["upload:3"],
    ]
    single = page.find("input[name=in-image_url][type=file]")
    several = page.find("input[name=in-style_images][type=file]")
    assert single is not None
    assert several is not None
    assert "multiple" in several.attrs
    assert "multiple" not in single.attrs
    for name in ("lora", "voice_url", "video_url"):
        control = page.find(f"[name=in-{name}]")
        assert control is not None
        assert control.attrs.get("type") != "file"


def test_one_image_or_several_is_a_field_of_images() -> None:
    one = {"type": "string", "format": "binary"}
    schema: dict[str, Any] = {
        "required": ["image"],
        "properties": {
            "prompt": {"type": "string"},
            "image": {"anyOf": [one, {"type": "array", "items": one, "maxItems": 16}]},
        },
    }
    form = build_form(normalise(schema), MultiValueDict({"in-prompt": ["a lake"], "in-image": ["upload:1"]}))
    assert form.is_valid(), form.errors
    assert form.to_input()["image"] == [{"upload": 1}]
    field = drawn(form).find("upload-field")
    assert field is not None
    assert field.attrs["data-limit"] == "16"


def test_a_field_for_one_image_takes_one() -> None:
    data = MultiValueDict({"in-prompt": ["a lake"], "in-image_url": ["upload:1", "upload:2"]})
    form = build_form(normalise(SEVERAL_IMAGES), data)
    assert not form.is_valid()
    assert form.errors["image_url"] == ["Image takes one image; these are 2."]


def test_without_its_images_a_required_field_asks_for_them() -> None:
    form = build_form(normalise(SEVERAL_IMAGES), {"in-prompt": "a lake"})
    assert not form.is_valid()
    assert form.errors["image_url"] == ["Image: add an image."]


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
    assert note.text() == (
        "This model doesn’t take over: Resolution, Seed."
        " What is left out is kept, and comes back with a model that takes it."
    )


def test_a_prompt_that_is_too_long_for_the_new_model_stays() -> None:
    typed = MultiValueDict({"in-prompt": ["a" * 900]})
    form = refit_form(spec("z-image-turbo"), typed, previous=spec("NB2"))
    assert (form.initial["prompt"], form.dropped) == ("a" * 900, [])


def test_a_change_back_turns_the_calls_into_a_parameter_again() -> None:
    form = refit_form(spec("nano-banana-2"), {"calls": "4", "in-prompt": "a lake"}, previous=spec("NB2"))
    count = drawn(form).find("[name=in-num_images]")
    assert count is not None
    assert count.attrs["value"] == "4"


def test_references_that_a_model_cannot_take_are_named() -> None:
    data = MultiValueDict({"in-prompt": ["a lake"], "in-images": ["upload:4", "https://example.com/a.png"]})
    form = refit_form(spec("nano-banana-2"), data, previous=spec("NB2"))
    assert form.dropped == ["Reference images"]


def test_references_go_to_the_new_models_references_up_to_its_limit() -> None:
    data = MultiValueDict({"in-images": ["upload:4", "https://example.com/a.png", "upload:9"]})
    one = refit_form(normalise(SEVERAL_IMAGES), data, previous=spec("NB2"))
    assert one.initial["image_url"] == {"upload": 4}
    assert one.dropped == ["2 of the reference images"]
    back = refit_form(spec("NB2"), {"in-image_url": "upload:4"}, previous=normalise(SEVERAL_IMAGES))
    assert back.initial["images"] == [{"upload": 4}]
    assert back.dropped == []


def test_references_wait_for_a_model_that_takes_them() -> None:
    typed = MultiValueDict({"in-images": ["upload:4", "https://example.com/a.png", "upload:9"]})
    none = refit_form(spec("z-image-turbo"), typed, previous=spec("NB2"))
    assert none.dropped == ["Reference images"]
    waiting = [element.attrs["value"] for element in drawn(none).find_all("[name=waiting-images]")]
    assert waiting == ["upload:4", "https://example.com/a.png", "upload:9"]
    one = refit_form(
        normalise(SEVERAL_IMAGES),
        MultiValueDict({"waiting-images": waiting}),
        previous=spec("z-image-turbo"),
    )
    assert (one.initial["image_url"], one.waiting) == ({"upload": 4}, waiting[1:])
    back = refit_form(
        spec("NB2"),
        MultiValueDict({"in-image_url": ["upload:5"], "waiting-images": waiting[1:]}),
        previous=normalise(SEVERAL_IMAGES),
    )
    assert back.initial["images"] == [{"upload": 5}, "https://example.com/a.png", {"upload": 9}]
    assert back.waiting == []


def hidden(form: InputForm) -> dict[str, object]:
    """Return what waits in a form, as a browser sends it again."""
    fields = drawn(form).find_all("input[type=hidden]")
    return {each.attrs["name"]: each.attrs["value"] for each in fields if "waiting" in each.attrs["name"]}


def test_values_wait_for_a_form_that_takes_them() -> None:
    hub, plain = spec("nano-banana-2"), spec("z-image-turbo")
    typed = {"in-prompt": "a lake", "in-resolution": "4K", "in-seed": "7", "in-system_prompt": "Be\nkind"}
    none = refit_form(plain, typed, previous=hub)
    assert none.lost == []
    assert hidden(none)["waiting..system_prompt"] == "Be\nkind"
    back = refit_form(hub, {"in-prompt": "a sea", **hidden(none)}, previous=plain)
    assert (back.initial["resolution"], back.initial["system_prompt"]) == ("4K", "Be\nkind")
    assert back.initial["prompt"] == "a sea"
    assert "Back again: Resolution, " in drawn(back).text()
    assert "System prompt" in back.restored
    assert hidden(back) == {}


def test_a_value_that_waits_goes_to_the_field_of_its_role() -> None:
    none = refit_form(spec("z-image-turbo"), {"in-resolution": "4K"}, previous=spec("nano-banana-2"))
    other = refit_form(spec("NB2"), hidden(none), previous=spec("z-image-turbo"))
    assert other.initial["quality"] == "4K"


def test_a_value_that_waits_gives_way_to_what_is_said_since() -> None:
    typed = {"in-resolution": "1K", "waiting.resolution.resolution": "4K"}
    form = refit_form(spec("nano-banana-2"), {"in-quality": "2K", **typed}, previous=spec("NB2"))
    assert (form.initial["resolution"], form.restored, form.waiting_values) == ("2K", [], [])


def test_a_value_that_waits_is_checked_like_any_other() -> None:
    forged = {
        "waiting.resolution.resolution": "900K",
        "waiting.seed.seed": "-1e9",
        "waiting.nonsense.prompt": "x",
        "waiting.": "x",
        "waiting..api_key": "x",
    }
    form = refit_form(spec("nano-banana-2"), forged, previous=spec("z-image-turbo"))
    assert form.restored == []
    assert form.initial["resolution"] == spec("nano-banana-2").find("resolution").default  # type: ignore[union-attr]
    pressed = build_form(spec("nano-banana-2"), {"in-prompt": "a lake", **forged})
    assert pressed.is_valid()
    assert not {"seed", "api_key"} & pressed.to_input().keys()
    images = {"waiting.references.images": "upload:1"}
    assert refit_form(spec("NB2"), images, previous=spec("z-image-turbo")).initial["images"] is None


def test_what_waits_is_bounded() -> None:
    many = {f"waiting..field_{number}": "x" for number in range(900)}
    assert len(build_form(spec("z-image-turbo"), many).waiting_values) == 50
    large = {"waiting..a": "x" * 60_000, "waiting..b": "x" * 60_000, "waiting..c": "kept"}
    kept = build_form(spec("z-image-turbo"), large).waiting_values
    assert [value.name for value in kept] == ["a", "c"]
    typed = {"in-system_prompt": "x" * 200_000, "in-resolution": "4K"}
    form = refit_form(spec("z-image-turbo"), typed, previous=spec("nano-banana-2"))
    assert form.lost == ["System prompt"]
    assert "a model that takes it, but for: System prompt." in drawn(form).text()


def test_a_mask_doesnt_wait_and_the_note_says_so() -> None:
    typed = MultiValueDict({"in-image_urls": ["upload:1"], "in-mask_url": ["upload:2"]})
    form = refit_form(spec("z-image-turbo"), typed, previous=spec("gpt-image-2-edit"))
    assert form.waiting == ["upload:1"]
    assert form.lost == [spec("gpt-image-2-edit").with_role("mask").title]  # type: ignore[union-attr]
    assert "waiting.mask.mask_url" not in hidden(form)


def test_what_waits_survives_a_mistake() -> None:
    data = MultiValueDict({"in-prompt": [""], "waiting-images": ["upload:4"]})
    form = build_form(spec("z-image-turbo"), data)
    assert not form.is_valid()
    assert form.waiting == ["upload:4"]


def test_broken_images_are_passed_over() -> None:
    data = MultiValueDict({"in-images": ["upload:4", "x", "upload:-1", "upload:" + "9" * 5000]})
    assert refit_form(spec("NB2"), data).initial["images"] == [{"upload": 4}]


def drawn_as(schema: dict[str, Any]) -> Drawn:
    (drawn,) = build_form(normalise({"properties": {"it": schema}})).advanced
    return drawn


@pytest.mark.parametrize(
    ("schema", "style", "lowest", "highest", "step"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 50}, "stepper", "1", "50", "1"),
        ({"type": "integer", "minimum": 1, "maximum": 50, "multipleOf": 8}, "stepper", "8", "48", "8"),
        (
            {"type": "integer", "minimum": 512, "maximum": 2048, "multipleOf": 64},
            "stepper",
            "512",
            "2048",
            "64",
        ),
        ({"type": "integer", "minimum": 1024, "maximum": 4096}, "slider", "1024", "4096", "1"),
        ({"type": "integer", "minimum": 0, "maximum": 2**31}, "number", "0", "2147483648", "1"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "slider", "0", "1", "0.01"),
        ({"type": "number", "minimum": 0, "maximum": 20}, "slider", "0", "20", "0.2"),
        (
            {"type": "number", "minimum": 0.01, "maximum": 1, "multipleOf": 0.01},
            "slider",
            "0.01",
            "1",
            "0.01",
        ),
        ({"type": "number", "minimum": 0.1, "maximum": 2, "multipleOf": 0.25}, "slider", "0.25", "2", "0.25"),
    ],
)
def test_bounded_numbers_count_in_steps_that_the_schema_takes(
    schema: dict[str, Any], style: str, lowest: str, highest: str, step: str
) -> None:
    drawn = drawn_as(schema)
    assert (drawn.style, drawn.lowest, drawn.highest, drawn.step) == (style, lowest, highest, step)


def test_ratios_beside_which_any_text_may_be_given_are_tiles() -> None:
    ratio = {"anyOf": [{"enum": ["16:9", "1:1"]}, {"type": "string"}], "default": "16:9"}
    spec = normalise(
        {
            "properties": {
                "aspect_ratio": ratio,
                "model": {**ratio, "anyOf": [{"enum": ["a", "b"]}, {"type": "string"}]},
            }
        }
    )
    assert [field.role for field in spec.fields] == ["aspect_ratio", ""]
    form = build_form(spec, initial={"aspect_ratio": "5:7"})
    styles = {each.field.name: each for row in [*form.rows, form.advanced] for each in row}
    assert (styles["aspect_ratio"].style, styles["model"].style) == ("ratios", "suggest")
    assert [each.key for each in styles["aspect_ratio"].options if each.is_chosen] == ["5:7"]
    assert build_form(spec, {"in-aspect_ratio": "5:7"}).is_valid()
