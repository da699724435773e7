"""The documented example of every offered model becomes stored images of the right size and format."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image as Picture

from studio.catalog.models import ImageModel
from studio.catalog.queries import example_of, find_model, models_offered
from studio.generation.models import Generation
from tests.integration.generation.conftest import Engine, engine, sandbox, sandbox_process

__all__ = ["engine", "sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

# What each example asks for, where it doesn't leave the shape to the model.
SIZES = {
    "modelstream:I4G1": (1376, 768),
    "modelstream:NB2": (1200, 896),
    "modelstream:NBP": (1024, 1024),
    "modelstream:gpt-image-2": (1024, 1024),
    "modelstream:z-image-turbo": (1024, 1536),
    "mountsea:gpt-image-2": (1024, 768),
    "mountsea:nano-banana": (1024, 1024),
    "mountsea:nano-banana-edit": (1024, 1024),
    "mountsea:nano-banana-pro": (1024, 1024),
    "mountsea:nano-banana-pro-edit": (1024, 1024),
}


def make(engine: Engine, model: ImageModel, **values: Any) -> Generation:
    given: dict[str, Any] = {**example_of(model), **values}
    return engine.make(given.pop("prompt"), model=model, **given)


def stored(generation: Generation) -> list[tuple[int, int, str]]:
    found = []
    for image in generation.images.order_by("position"):
        with Picture.open(Path(settings.MEDIA_ROOT) / image.file) as picture:
            found.append((*picture.size, str(picture.format).lower()))
    return found


def test_every_example_becomes_an_image(engine: Engine) -> None:
    seen = set()
    for model in models_offered():
        name = f"{model.provider.slug}:{model.slug}"
        generation = make(engine, model)
        assert engine.status_of(generation) == "succeeded", name
        (billed,) = engine.server.submissions(str(example_of(model)["prompt"]))[-1:]
        pictures = stored(generation)
        assert pictures == [(billed["width"], billed["height"], billed["format"])], name
        assert pictures[0][:2] == SIZES.get(name, pictures[0][:2]), name
        seen.add(name)
    assert len(seen) == 13


@pytest.mark.parametrize(
    ("name", "values", "pictures"),
    [
        ("mountsea:gpt-image-2", {"image_size": {"width": 1024, "height": 640}}, [(1024, 640, "png")]),
        ("mountsea:gpt-image-2", {"num_images": 2, "output_format": "webp"}, [(1024, 768, "webp")] * 2),
        ("modelstream:gpt-image-2", {"n": 2, "output_format": "jpeg"}, [(1024, 1024, "jpeg")] * 2),
        ("modelstream:I4G1", {"image_size": "2K", "size": "1:1"}, [(2048, 2048, "png")]),
        ("modelstream:z-image-turbo", {"size": "800*600"}, [(800, 600, "png")]),
        ("mountsea:nano-banana-pro", {"resolution": "2K", "aspect_ratio": "16:9"}, [(2752, 1536, "png")]),
    ],
)
def test_what_is_asked_for_is_what_is_stored(
    engine: Engine, name: str, values: dict[str, Any], pictures: list[tuple[int, int, str]]
) -> None:
    provider, _, slug = name.partition(":")
    generation = make(engine, find_model(slug, provider), **values)
    assert engine.status_of(generation) == "succeeded"
    assert stored(generation) == pictures
