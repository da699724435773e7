"""Access to the routes of `gallery`."""

from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, seers, the_project
from tests.pictures import make_image, make_upload


def an_image(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "image_id": make_image(cast.project, cast.contributor).pk}


def a_thumbnail(cast: Cast) -> Arguments:
    return {**an_image(cast), "width": 640}


def an_upload(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "upload_id": make_upload(cast.project, cast.contributor).pk}


ROWS: list[Row] = [
    Row("gallery:project", seers(200), the_project),
    Row("gallery:news", seers(200), the_project),
    Row("gallery:image", seers(200), an_image),
    Row("gallery:file", seers(200), an_image),
    Row("gallery:thumb", seers(200), a_thumbnail),
    Row("gallery:upload_file", seers(200), an_upload),
]
