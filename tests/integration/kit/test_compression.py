"""Pages are sent compressed, streams and pictures as they are."""

import gzip

import pytest
from django.test import Client

from tests.cast import Cast
from tests.pictures import make_image

pytestmark = pytest.mark.any_database

GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_page_is_compressed_for_browsers_that_can(cast: Cast) -> None:
    # Not the strict one, which reads every page.
    client = Client()
    client.force_login(cast.contributor)
    plain = client.get("/p/spring/")
    packed = client.get("/p/spring/", headers=GZIP)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


def test_a_picture_is_sent_as_it_is(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    answer = cast.client(cast.contributor).get(f"/p/spring/images/{image.pk}/file/", headers=GZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer
