"""What an input means: for the card, the image page and the placeholder; and the model picker."""

from typing import Any

import pytest

from studio.catalog.actions import add_version, install_catalog
from studio.catalog.entries import entries_offered
from studio.catalog.models import ImageModel
from studio.catalog.queries import (
    describe,
    example_of,
    find_model,
    images_asked,
    prompt_of,
    ratio_of,
    roles_of,
    short_facts,
)

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


def test_entries_are_models_and_pairs_of_twins_by_vendor() -> None:
    found = [
        (entry.group, entry.model.name, entry.model.provider.slug, entry.ability)
        for entry in entries_offered()
    ]
    assert found == [
        ("Alibaba", "Z-Image Turbo", "modelstream", "generate"),
        ("Google", "Imagen 4", "modelstream", "generate"),
        ("Google", "Nano Banana", "mountsea", "generate and edit"),
        ("Google", "Nano Banana 2", "modelstream", "generate and edit"),
        ("Google", "Nano Banana 2", "mountsea", "generate and edit"),
        ("Google", "Nano Banana Pro", "modelstream", "edit"),
        ("Google", "Nano Banana Pro", "mountsea", "generate and edit"),
        ("OpenAI", "GPT Image 2", "modelstream", "generate"),
        ("OpenAI", "GPT Image 2", "mountsea", "generate and edit"),
    ]


@pytest.mark.parametrize(
    ("name", "abilities", "references", "images"),
    [
        ("mountsea:nano-banana", {"references", "several"}, 10, 4),
        ("mountsea:nano-banana-2", {"references", "large", "several"}, 14, 4),
        ("mountsea:gpt-image-2", {"references", "mask", "large", "several"}, 16, 4),
        ("modelstream:gpt-image-2", {"several"}, None, 10),
        ("modelstream:z-image-turbo", {"several"}, None, 4),
        ("modelstream:NBP", {"references", "large", "several"}, 11, 4),
        ("modelstream:I4G1", {"several"}, None, 4),
    ],
)
def test_what_not_every_model_can(
    name: str, abilities: set[str], references: int | None, images: int
) -> None:
    entry = next(
        each for each in entries_offered() if name == f"{each.model.provider.slug}:{each.model.slug}"
    )
    assert {ability.key for ability in entry.abilities} == abilities
    assert (entry.most_references, entry.most_images) == (references, images)


def test_the_entries_take_two_queries_the_first_time_and_one_later(
    django_assert_max_num_queries: Any,
) -> None:
    provider = ImageModel.objects.first().provider  # type: ignore[union-attr]
    for number in range(30):
        model = ImageModel.objects.create(provider=provider, slug=f"m-{number}", name=f"M {number}")
        schema = {"properties": {"prompt": {"type": "string"}, f"x{number}": {"type": "integer"}}}
        model.schema, _ = add_version(model, schema, {})
        model.save()
    with django_assert_max_num_queries(2):
        assert len(entries_offered()) == 39
    with django_assert_max_num_queries(1):
        entries_offered()


def test_a_named_size_is_told_by_its_label() -> None:
    model = find_model("gpt-image-2", "mountsea")
    assert short_facts(model, {"image_size": "landscape_4_3"}) == ["Landscape 4:3"]
    assert short_facts(model, {"image_size": {"width": 1024, "height": 640}}) == ["1024 × 640"]
