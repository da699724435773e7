"""What decides how long a model takes, read from its input or from its form as it stands."""

from typing import Any

import pytest

from studio.catalog.forms import build_form
from studio.catalog.pace import LONGEST, read_pace
from studio.catalog.schema import normalise
from tests.unit.catalog.data import FILES, spec


@pytest.mark.parametrize(
    ("model", "given", "pace"),
    [
        ("nano-banana", {}, ""),
        ("nano-banana", {"aspect_ratio": "21:9", "output_format": "webp", "seed": 7}, ""),
        ("nano-banana-2", {}, "1K"),
        ("nano-banana-2", {"resolution": "4K", "num_images": 4}, "4K ×4"),
        ("nano-banana-2", {"resolution": "2K", "num_images": 1, "prompt": "4K ×4"}, "2K"),
        ("nano-banana-2", {"thinking_level": "high"}, "thinking_level:high 1K"),
        ("gpt-image-2", {"quality": "high", "image_size": {"width": 2048, "height": 2048}}, "high 4MP"),
        ("gpt-image-2", {"quality": "low", "image_size": {"width": 3840, "height": 2160}}, "low 8MP"),
        ("gpt-image-2", {"quality": "auto", "image_size": "auto"}, ""),
        ("gpt-image-2", {"quality": "medium", "image_size": "square_hd", "num_images": 2}, "medium ×2"),
        ("NB2", {"quality": "2K", "size": "16:9", "thinking_level": "HIGH"}, "thinking_level:HIGH 2K"),
        ("z-image-turbo", {"size": "1024*1536"}, "2MP"),
        ("z-image-turbo", {"size": "900*1100"}, "1MP"),
    ],
)
def test_pace(model: str, given: dict[str, Any], pace: str) -> None:
    assert read_pace(spec(model), given) == pace


@pytest.mark.parametrize("model", FILES)
def test_an_empty_form_has_the_pace_of_an_empty_input(model: str) -> None:
    assert build_form(spec(model)).pace == read_pace(spec(model), {})


def test_a_form_tells_its_pace_before_it_is_complete() -> None:
    form = build_form(spec("nano-banana-2"), {"in-resolution": "2K", "in-num_images": "3"})
    assert form.pace == "2K ×3"
    assert set(form.deciding_controls) == {"in-resolution", "in-num_images", "in-thinking_level"}


def test_what_is_spread_over_several_controls_is_put_together() -> None:
    sizes = {"in-image_size.preset": "custom", "in-image_size.width": "2048", "in-image_size.height": "1152"}
    custom = next(
        each.preset.options[-1].key
        for row in build_form(spec("gpt-image-2")).rows
        for each in row
        if each.field.role == "size" and each.preset
    )
    form = build_form(spec("gpt-image-2"), {**sizes, "in-image_size.preset": custom, "in-quality": "low"})
    assert form.pace == "low 2MP"


def test_half_typed_nonsense_decides_nothing() -> None:
    form = build_form(spec("nano-banana-2"), {"in-resolution": "9K", "in-num_images": "four"})
    assert form.pace == ""


def test_a_long_pace_is_cut_to_what_is_stored() -> None:
    options = {"type": "string", "enum": ["x" * 60, "y"], "default": "x" * 60}
    schema = {"type": "object", "properties": {"quality": options, "steps": {"type": "integer"}}}
    assert len(read_pace(normalise(schema), {"steps": 30})) == LONGEST
