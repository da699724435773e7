"""What an input means: for the card, the image page and the placeholder; and the model picker."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from studio.catalog.actions import install_catalog
from studio.catalog.queries import (
    describe,
    example_of,
    find_model,
    images_asked,
    models_offered,
    prompt_of,
    ratio_of,
    roles_of,
    short_facts,
)
from tests.bench.markup import parse
from tests.bench.rules import assert_clean_markup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed() -> None:
    install_catalog()


@pytest.mark.parametrize(
    ("slug", "given", "ratio", "images", "facts"),
    [
        (
            "nano-banana-2",
            {"aspect_ratio": "4:5", "num_images": 4, "resolution": "2K"},
            0.8,
            4,
            ["4:5", "2K"],
        ),
        ("nano-banana-2", {"aspect_ratio": "auto"}, 1.0, 1, ["1K"]),
        ("nano-banana-2", {}, 1.0, 1, ["1K"]),
        ("NB2", {"size": "21:9", "images": [{"upload": 1}]}, 21 / 9, 1, ["21:9", "1K", "1 reference"]),
        ("NB2", {"quality": "512", "images": [{"upload": 1}] * 2}, 1.0, 1, ["1:1", "512", "2 references"]),
        ("NB2", {"size": 5, "images": "x"}, 1.0, 1, ["5", "1K", "1 reference"]),
    ],
)
def test_shape_count_and_facts(
    slug: str, given: dict[str, Any], ratio: float, images: int, facts: list[str]
) -> None:
    model = find_model(slug)
    assert ratio_of(model, given) == ratio
    assert images_asked(model, given) == images
    assert short_facts(model, given) == facts


def test_parameters_are_described_in_words() -> None:
    model = find_model("nano-banana-2")
    assert prompt_of(model, example_of(model)).startswith("An action shot of a black lab")
    assert describe(model, example_of(model)) == [
        ("Images", "1"),
        ("Resolution", "1K"),
        ("Aspect ratio", "Auto"),
        ("Format", "PNG"),
        ("Safety tolerance", "4"),
        ("One image per round", "On"),
    ]
    assert describe(find_model("NB2"), {"images": [{"upload": 1}, {"upload": 2}], "gone": {"x": 1}}) == [
        ("Reference images", "2 images"),
        ("gone", "x 1"),
    ]
    assert roles_of(find_model("NB2"))["references"].name == "images"


def test_the_picker_tells_models_of_one_name_apart() -> None:
    models = [model for model in models_offered() if model.name == "Nano Banana 2"]
    html = render_to_string(
        "catalog/_model_picker.html", {"models": models, "chosen": models[1], "form_url": "/form/"}
    )
    assert_clean_markup(html)
    page = parse(html)
    rows = page.find_all("label.model-row")
    assert [row.text() for row in rows] == [
        "Nano Banana 2 Google · generate and edit · ModelStream Gemini 3.1 Flash Image, 512 px to 4K.",
        "Nano Banana 2 Google · generate · Mountsea Hub Gemini 3.1 Flash Image with resolution tiers.",
    ]
    radios = page.find_all("input")
    assert [radio.attrs["value"] for radio in radios if "checked" in radio.attrs] == [str(models[1].pk)]
    button = page.find("button")
    assert button is not None
    assert button.attrs["aria-label"] == "Model: Nano Banana 2 at Mountsea Hub. Change model"


def test_a_named_size_is_told_by_its_label() -> None:
    model = find_model("gpt-image-2", "mountsea")
    assert short_facts(model, {"image_size": "landscape_4_3"}) == ["Landscape 4:3"]
    assert short_facts(model, {"image_size": {"width": 1024, "height": 640}}) == ["1024 × 640"]
