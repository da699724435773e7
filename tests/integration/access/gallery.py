"""Access to the routes of `gallery`."""

from studio.gallery.actions import trash_images
from tests.cast import Cast
from tests.integration.access.table import Arguments, Expected, Row, makers, managers, seers, the_project
from tests.pictures import make_image, make_upload


def an_image(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "image_id": make_image(cast.project, cast.contributor).pk}


def a_trashed_image(cast: Cast) -> Arguments:
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.contributor)
    return {"slug": cast.project.slug, "image_id": image.pk}


def a_trashed_thumbnail(cast: Cast) -> Arguments:
    return {**a_trashed_image(cast), "width": 640}


def a_thumbnail(cast: Cast) -> Arguments:
    return {**an_image(cast), "width": 640}


def an_upload(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "upload_id": make_upload(cast.project, cast.contributor).pk}


def selected(cast: Cast) -> Arguments:
    return {"image": make_image(cast.project, cast.contributor).pk}


def selected_in_the_trash(cast: Cast) -> Arguments:
    return {"image": a_trashed_image(cast)["image_id"]}


def authors(status: int) -> Expected:
    """What is the contributor's is theirs and the managers'; the guest contributes, too, but made none of it."""
    return {**makers(status), "guest": 403}


def hidden_but_to_authors(status: int) -> Expected:
    """What is in the trash isn't there for those who can't take it out."""
    return {**makers(status), "guest": 404, "viewer": 404}


ROWS: list[Row] = [
    Row("gallery:project", seers(200), the_project),
    Row("gallery:news", seers(200), the_project),
    Row("gallery:count", seers(200), the_project),
    Row("gallery:download", seers(200), the_project, "POST", selected),
    Row("gallery:star_selected", seers(302), the_project, "POST", selected),
    Row("gallery:trash_selected", authors(302), the_project, "POST", selected),
    Row("gallery:restore_selected", authors(302), the_project, "POST", selected_in_the_trash),
    Row("gallery:trash_page", makers(200), the_project),
    Row("gallery:restore_all", makers(302), the_project, "POST"),
    Row("gallery:purge_selected", authors(302), the_project, "POST", selected_in_the_trash),
    Row("gallery:empty_trash", managers(302), the_project, "POST"),
    Row("gallery:image", seers(200), an_image),
    Row("gallery:star", seers(302), an_image, "POST", lambda cast: {"is_starred": "1"}),
    Row("gallery:trash", authors(302), an_image, "POST"),
    Row("gallery:restore", authors(302), an_image, "POST"),
    Row("gallery:restore", hidden_but_to_authors(302), a_trashed_image, "POST"),
    Row("gallery:image", hidden_but_to_authors(200), a_trashed_image),
    Row("gallery:file", hidden_but_to_authors(200), a_trashed_image),
    Row("gallery:thumb", hidden_but_to_authors(200), a_trashed_thumbnail),
    Row("gallery:file", seers(200), an_image),
    Row("gallery:thumb", seers(200), a_thumbnail),
    Row("gallery:upload_file", seers(200), an_upload),
    Row("gallery:upload_thumb", seers(200), an_upload),
]
