"""The bytes: exact, cached, harmless as a document, and never from outside the media folder."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import reverse

from studio.gallery.tasks import make_thumbnails
from studio.generation.models import Image
from studio.kit.images import make_thumbnails as write_thumbnails
from studio.kit.storage import media_path, new_image_name, temporary_path, thumbnail_name
from tests.cast import Cast
from tests.pictures import encode, make_image, make_upload

Result = TypeVar("Result")
pytestmark = pytest.mark.django_db(transaction=True)


class Answer:
    """What came over the wire."""

    def __init__(self, response: HttpResponse, body: bytes) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body = body


def fetch(cast: Cast, url: str, *, method: str = "GET", **headers: str) -> Answer:
    async def ask() -> Answer:
        client = AsyncClient()
        await client.aforce_login(cast.viewer)
        send = client.head if method == "HEAD" else client.get
        response: Any = await send(
            url, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        if not response.streaming:
            return Answer(response, response.content)
        return Answer(response, b"".join([chunk async for chunk in response.streaming_content]))

    return in_loop(ask)


def in_loop(scenario: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Play a scenario in an event loop, and close what it opened to the database in its thread."""

    async def play() -> Result:
        try:
            return await scenario()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(play())


def file_url(image: Image) -> str:
    return reverse("gallery:file", args=[image.project.slug, image.pk])


def thumb_url(image: Image, width: int) -> str:
    return reverse("gallery:thumb", args=[image.project.slug, image.pk, width])


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_the_original_comes_unchanged_with_its_type(cast: Cast, image_format: str) -> None:
    image = make_image(cast.project, cast.contributor, image_format=image_format)
    answer = fetch(cast, file_url(image))
    assert answer.status == 200
    assert answer.body == media_path(image.file).read_bytes()
    assert answer.headers["Content-Type"] == f"image/{image_format}"
    assert answer.headers["Content-Length"] == str(image.size_bytes)
    assert answer.headers["ETag"] == f'"{image.sha256}"'
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert "Content-Disposition" not in answer.headers


def test_a_download_has_a_name_that_says_where_it_is_from(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, image_format="jpeg")
    answer = fetch(cast, file_url(image) + "?download=1")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="spring-{image.pk}.jpg"'


def test_what_the_browser_has_is_not_sent_again(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    answer = fetch(cast, file_url(image), If_None_Match=f'W/"{image.sha256}"')
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == f'"{image.sha256}"'
    assert fetch(cast, file_url(image), If_None_Match='"other"').status == 200


def test_head_tells_the_size_and_sends_nothing(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    answer = fetch(cast, file_url(image), method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(image.size_bytes)


@pytest.mark.parametrize(
    ("asked", "first", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=5-999999", 5, None)],
)
def test_a_range_is_a_part_of_the_file(cast: Cast, asked: str, first: int, stop: int | None) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(400, 300))
    whole = media_path(image.file).read_bytes()
    answer = fetch(cast, file_url(image), Range=asked)
    assert answer.status == 206
    assert answer.body == whole[first:stop]
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_ranges_that_make_no_sense(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    assert fetch(cast, file_url(image), Range="bytes=999999-").status == 416
    assert fetch(cast, file_url(image), Range="bytes=9-2").status == 416
    assert fetch(cast, file_url(image), Range="lines=1-2").status == 200
    assert fetch(cast, file_url(image), Range="bytes=0-9", If_Range='"other"').status == 200


def test_large_files_come_in_small_chunks(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    media_path(image.file).write_bytes(b"x" * 300_000)

    async def ask() -> list[int]:
        client = AsyncClient()
        await client.aforce_login(cast.viewer)
        response: Any = await client.get(file_url(image))
        return [len(chunk) async for chunk in response.streaming_content]

    assert max(in_loop(ask)) == 64 * 1024


def test_a_file_that_is_gone_is_not_found(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    media_path(image.file).unlink()
    assert fetch(cast, file_url(image)).status == 404


def test_the_thumbnail_asked_for_is_kept_for_good(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(900, 600))
    answer = fetch(cast, thumb_url(image, 640))
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.body == media_path(thumbnail_name(image.file, 640)).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]


def test_until_a_thumbnail_is_made_the_nearest_stands_in_for_a_minute(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(900, 600))
    answer = fetch(cast, thumb_url(image, 320))
    assert answer.body == media_path(thumbnail_name(image.file, 640)).read_bytes()
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    bare = make_image(cast.project, cast.contributor, widths=())
    answer = fetch(cast, thumb_url(bare, 320))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_the_missing_thumbnails_are_made_once(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(1600, 900))
    for _ in range(2):
        make_thumbnails(image.pk)
    image.refresh_from_db()
    assert image.thumbnail_widths == [320, 640, 1280]
    for width in image.thumbnail_widths:
        assert media_path(thumbnail_name(image.file, width)).stat().st_size > 0
    assert not list(temporary_path().parent.iterdir())
    make_thumbnails(image.pk + 1)


def test_uploads_come_with_their_type(cast: Cast) -> None:
    upload = make_upload(cast.project, cast.contributor)
    answer = fetch(cast, reverse("gallery:upload_file", args=[cast.project.slug, upload.pk]))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body == media_path(upload.file).read_bytes()


@pytest.mark.parametrize("name", ["../secret_key", "/etc/passwd", "images/../../x", "", ".", "images/\0"])
def test_no_name_leads_out_of_the_media_folder(name: str) -> None:
    with pytest.raises(ValueError, match=r"leads out|null byte"):
        media_path(name)


def test_names_are_new_and_spread_over_folders() -> None:
    names = {new_image_name("PNG") for _ in range(50)}
    assert len(names) == 50
    for name in names:
        kind, folder, file = name.split("/")
        assert kind == "images"
        assert file.startswith(folder)
        assert file.endswith(".png")


def test_a_reference_has_a_small_picture_or_shows_itself(cast: Cast) -> None:
    upload = make_upload(cast.project, cast.contributor, encode(800, 600))
    address = reverse("gallery:upload_thumb", args=[cast.project.slug, upload.pk])
    assert fetch(cast, address).body == media_path(upload.file).read_bytes()
    write_thumbnails(media_path(upload.file), {320: media_path(thumbnail_name(upload.file, 320))})
    answer = fetch(cast, address)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.body.startswith(b"RIFF")
