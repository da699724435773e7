"""What a provider gets of the images in an input, and which masks are refused before anything is sent."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.catalog.validation import InvalidInput
from studio.generation.actions import queue_batch
from studio.generation.models import Status, Upload
from studio.generation.sending import mask_fields, with_data_uris
from studio.kit.errors import Invalid
from studio.kit.storage import media_path
from studio.kit.wire import JsonObject
from tests.cast import Cast
from tests.integration.generation.conftest import Engine
from tests.pictures import encode, make_upload

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def stored(cast: Cast, data: bytes, name: str = "reference.png") -> Upload:
    upload = make_upload(cast.project, cast.contributor, data)
    with Pillow.open(BytesIO(data)) as image:
        width, height = image.size
        if image.getexif().get(0x0112) in (6, 8):
            width, height = height, width
    Upload.objects.filter(pk=upload.pk).update(width=width, height=height, name=name)
    upload.refresh_from_db()
    return upload


def photograph(width: int = 64, height: int = 48) -> bytes:
    """A JPEG on its side, with the place where it was taken."""
    image = Pillow.new("RGB", (width, height), "teal")
    exif = Pillow.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "SecretCamera"
    data = BytesIO()
    image.save(data, "JPEG", exif=exif)
    return data.getvalue()


def mask(size: tuple[int, int], box: tuple[int, int, int, int] | None) -> bytes:
    image = Pillow.new("RGBA", size, (0, 0, 0, 255))
    if box:
        image.paste((255, 255, 255, 0), box)
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def decoded(uri: Any) -> tuple[bytes, Pillow.Image]:
    data = base64.b64decode(uri.partition(",")[2])
    return data, Pillow.open(BytesIO(data))


def test_references_go_out_upright_and_without_where_they_were_taken(cast: Cast) -> None:
    photo = stored(cast, photograph())
    sent = with_data_uris({"prompt": "a", "image_urls": [{"upload": photo.pk}]}, {photo.pk: photo})
    data, image = decoded(sent["image_urls"][0])  # type: ignore[index,call-overload]
    assert image.size == (48, 64)
    assert not image.getexif()
    assert b"SecretCamera" not in data


def test_the_mask_goes_out_in_the_size_of_the_copy_of_its_picture(cast: Cast) -> None:
    install_catalog()
    large, small = stored(cast, encode(5000, 2500)), stored(cast, encode(30, 30))
    marks = stored(cast, mask((5000, 2500), (0, 0, 2500, 2500)), "mask.png")
    given = {
        # The mask first: the size of the picture is known all the same.
        "mask_url": {"upload": marks.pk},
        "prompt": "a",
        "image_urls": [{"upload": large.pk}, {"upload": small.pk}],
    }
    uploads = {each.pk: each for each in (large, small, marks)}
    sent = with_data_uris(given, uploads, mask_fields(find_model("gpt-image-2-edit", "mountsea")))
    assert list(sent) == list(given)
    _, picture = decoded(sent["image_urls"][0])  # type: ignore[index,call-overload]
    _, marked = decoded(sent["mask_url"])
    assert marked.size == picture.size == (4096, 2048)
    assert marked.mode == "RGBA"
    assert marked.getpixel((10, 10)) == (255, 255, 255, 0)
    assert marked.getpixel((4000, 10)) == (0, 0, 0, 255)


def test_all_together_they_may_have_twenty_megabytes(cast: Cast) -> None:
    noise = Pillow.effect_noise((2400, 2400), 90).convert("RGB")
    data = BytesIO()
    noise.save(data, "PNG")
    uploads = [stored(cast, data.getvalue()) for _ in range(2)]
    given: dict[str, Any] = {"image_urls": [{"upload": uploads[n % 2].pk} for n in range(8)]}
    with pytest.raises(Invalid, match="larger than 20 MB together"):
        with_data_uris(given, {each.pk: each for each in uploads})


@pytest.mark.parametrize(
    ("size", "box", "sentence"),
    [
        ((64, 48), None, "The mask marks nothing."),
        ((48, 64), (0, 0, 9, 9), "The mask has another shape than the first reference image."),
    ],
)
def test_a_mask_that_says_nothing_is_refused_before_it_is_sent(
    cast: Cast, size: tuple[int, int], box: tuple[int, int, int, int] | None, sentence: str
) -> None:
    install_catalog()
    picture, marks = stored(cast, encode(64, 48)), stored(cast, mask(size, box))
    given: dict[str, Any] = {
        "prompt": "a red door",
        "image_urls": [{"upload": picture.pk}],
        "mask_url": {"upload": marks.pk},
    }
    with pytest.raises(InvalidInput, match=sentence) as refused:
        queue_batch(
            project=cast.project,
            by=cast.contributor,
            model=find_model("gpt-image-2-edit", "mountsea"),
            input=given,
        )
    assert list(refused.value.errors) == ["mask_url"]


@pytest.mark.parametrize("box", [(10, 10, 30, 30), (0, 0, 64, 48)])
def test_a_masked_edit_is_taken_by_the_sandbox(engine: Engine, box: tuple[int, int, int, int]) -> None:
    picture = stored(engine.cast, encode(64, 48))
    marks = stored(engine.cast, mask((64, 48), box))
    generation = engine.make(
        "a red door",
        model=find_model("gpt-image-2-edit", "mountsea"),
        image_urls=[{"upload": picture.pk}],
        mask_url={"upload": marks.pk},
    )
    assert engine.status_of(generation) == Status.SUCCEEDED, generation.problem


def test_a_mask_of_another_project_is_not_looked_at(cast: Cast) -> None:
    install_catalog()
    picture = stored(cast, encode(64, 48))
    foreign = make_upload(cast.team_project, cast.manager, mask((64, 48), None))
    Upload.objects.filter(pk=foreign.pk).update(name="secret.png")
    given: JsonObject = {
        "prompt": "Snow",
        "image_urls": [{"upload": picture.pk}],
        "mask_url": {"upload": foreign.pk},
    }
    model = find_model("gpt-image-2-edit", "mountsea")
    with pytest.raises(Invalid, match="A reference image is no longer there"):
        queue_batch(project=cast.project, by=cast.contributor, model=model, input=given)


def test_a_mask_whose_file_is_gone_gets_a_sentence(cast: Cast) -> None:
    install_catalog()
    picture, marks = stored(cast, encode(64, 48)), stored(cast, mask((64, 48), (0, 0, 9, 9)))
    media_path(marks.file).unlink()
    given: JsonObject = {
        "prompt": "Snow",
        "image_urls": [{"upload": picture.pk}],
        "mask_url": {"upload": marks.pk},
    }
    model = find_model("gpt-image-2-edit", "mountsea")
    with pytest.raises(InvalidInput, match="The mask is no longer there"):
        queue_batch(project=cast.project, by=cast.contributor, model=model, input=given)
