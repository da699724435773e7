"""A selection as a ZIP, as a client receives it."""

import asyncio
import json
import tracemalloc
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse

from studio.generation.models import Image
from studio.kit.clock import now
from studio.kit.storage import media_path
from studio.kit.zip_answer import answer_with_zip, make_zip
from tests.cast import Cast
from tests.pictures import encode, make_image

pytestmark = pytest.mark.django_db(transaction=True)


def fetch(cast: Cast, images: list[Image]) -> tuple[Any, bytes]:
    async def ask() -> tuple[Any, bytes]:
        try:
            client = AsyncClient()
            await client.aforce_login(cast.viewer)
            url = reverse("gallery:download", args=[cast.project.slug])
            response: Any = await client.post(url, {"image": [image.pk for image in images]})
            if not response.streaming:
                return response, response.content
            return response, b"".join([chunk async for chunk in response.streaming_content])
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


def test_the_originals_come_with_their_recipes(cast: Cast) -> None:
    formats = ["png", "jpeg", "webp"]
    images = [
        make_image(
            cast.project,
            cast.contributor,
            image_format=each,
            data=encode(64, 48, image_format=each),
            prompt="夜の山 “x”",
        )
        for each in formats
    ]
    response, body = fetch(cast, images)
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Length"] == str(len(body))
    assert response["Content-Disposition"] == 'attachment; filename="spring-images.zip"'
    assert response["Cache-Control"] == "private, no-store"
    with ZipFile(BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {ZIP_STORED}
        recipes = json.loads(archive.read("recipes.json"))
        hashes = {name: sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    assert recipes["project"] == "Spring campaign"
    assert recipes["missing_files"] == []
    assert len(recipes["images"]) == 3
    for image, recipe in zip(reversed(images), recipes["images"], strict=True):
        assert hashes[recipe["file"]] == recipe["sha256"] == image.sha256
        assert recipe["prompt"] == "夜の山 “x”"
        assert (recipe["model"], recipe["provider"]) == ("nano-banana-2", "Mountsea Hub")
        assert recipe["input"] == image.generation.batch.input
        assert recipe["author"] == "The contributor"
        assert recipe["address"] == f"http://testserver/p/spring/images/{image.pk}/"
        assert (recipe["width"], recipe["height"], recipe["size_bytes"]) == (64, 48, image.size_bytes)
    assert [recipe["file"] for recipe in recipes["images"]] == [
        f"spring-{image.pk}.{extension}"
        for image, extension in zip(reversed(images), ("webp", "jpg", "png"), strict=True)
    ]


def test_missing_files_are_named_and_what_is_not_here_is_left_out(cast: Cast) -> None:
    kept, missing, trashed = (make_image(cast.project, cast.contributor) for _ in range(3))
    elsewhere = make_image(cast.team_project, cast.contributor)
    media_path(missing.file).unlink()
    Image.objects.filter(pk=trashed.pk).update(deleted_at=now())
    _, body = fetch(cast, [kept, missing, trashed, elsewhere])
    with ZipFile(BytesIO(body)) as archive:
        assert archive.namelist() == [f"spring-{kept.pk}.png", "recipes.json"]
        assert json.loads(archive.read("recipes.json"))["missing_files"] == [f"spring-{missing.pk}.png"]
    response, body = fetch(cast, [missing])
    assert response.status_code == 409
    assert "None of these images is there any more." in body.decode()


def test_many_large_files_take_little_memory(tmp_path: Path) -> None:
    size = 8 * 1024 * 1024
    for number in range(12):
        (tmp_path / f"{number}.bin").write_bytes(bytes([number]) * size)
    files = [(f"{number}.bin", tmp_path / f"{number}.bin") for number in range(12)]

    async def receive() -> int:
        response = answer_with_zip(make_zip(files, {}), name="x.zip")
        received = 0
        async for chunk in response:  # type: ignore[attr-defined]
            received += len(chunk)
        assert received == int(response["Content-Length"])
        return received

    tracemalloc.start()
    try:
        assert asyncio.run(receive()) > 12 * size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024, f"{peak / 1e6:.1f} MB at the most"
