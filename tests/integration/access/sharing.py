"""Access to the routes of `sharing`. Guests need no account: who has the address is let in, whoever it is."""

from studio.sharing.actions import MadeLink, Terms, make_link, revoke_link
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, makers, managers, public, the_project
from tests.pictures import make_image


def shared(cast: Cast, *, by_manager: bool = False, password: str = "") -> tuple[MadeLink, int]:
    image = make_image(cast.project, cast.contributor)
    terms = Terms("Shortlist", 30, password=password, gives_originals=True)
    by = cast.manager if by_manager else cast.contributor
    return make_link(project=cast.project, image_ids=[image.pk], terms=terms, by=by), image.pk


def a_page(cast: Cast) -> Arguments:
    return {"token": shared(cast)[0].token}


def a_revoked_page(cast: Cast) -> Arguments:
    made, _ = shared(cast)
    revoke_link(link=made.link, by=cast.contributor)
    return {"token": made.token}


def a_locked_page(cast: Cast) -> Arguments:
    return {"token": shared(cast, password="open sesame")[0].token}


def a_picture(cast: Cast) -> Arguments:
    made, image_id = shared(cast)
    return {"token": made.token, "image_id": image_id}


def a_copy(cast: Cast) -> Arguments:
    return {**a_picture(cast), "width": 640}


def a_copy_of_another(cast: Cast) -> Arguments:
    return {**a_copy(cast), "image_id": make_image(cast.project, cast.contributor).pk}


def a_locked_copy(cast: Cast) -> Arguments:
    made, image_id = shared(cast, password="open sesame")
    return {"token": made.token, "image_id": image_id, "width": 640}


def a_link(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "link_id": shared(cast)[0].link.pk}


def a_managers_link(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "link_id": shared(cast, by_manager=True)[0].link.pk}


def a_link_of_another_project(cast: Cast) -> Arguments:
    return {"slug": cast.team_project.slug, "link_id": shared(cast)[0].link.pk}


def an_image_and_terms(cast: Cast) -> Arguments:
    return {"image": make_image(cast.project, cast.contributor).pk, "title": "Shortlist", "days": "30"}


def a_foreign_image_and_terms(cast: Cast) -> Arguments:
    return {**an_image_and_terms(cast), "image": make_image(cast.team_project, cast.contributor).pk}


ROWS: list[Row] = [
    Row("sharing:page", public(200), a_page),
    Row("sharing:page", public(200), a_locked_page),
    Row("sharing:page", public(410), a_revoked_page),
    Row("sharing:page", public(404), lambda cast: {"token": "made-up"}),
    Row("sharing:unlock", public(302), a_locked_page, "POST", lambda cast: {"password": "open sesame"}),
    Row("sharing:unlock", public(422), a_locked_page, "POST", lambda cast: {"password": "open barley"}),
    Row("sharing:copy", public(200), a_copy),
    Row("sharing:copy", public(404), a_copy_of_another),
    Row("sharing:copy", public(404), a_locked_copy),
    Row("sharing:download", public(200), a_picture),
    Row("sharing:download_all", public(200), a_page),
    Row("sharing:choose", makers(200), the_project),
    Row("sharing:make", makers(200), the_project, "POST", an_image_and_terms),
    Row("sharing:make", makers(409), the_project, "POST", a_foreign_image_and_terms),
    Row("sharing:links", makers(200), the_project),
    Row("sharing:renew", makers(200) | {"guest": 404}, a_link, "POST"),
    Row("sharing:revoke", makers(302) | {"guest": 404}, a_link, "POST"),
    Row("sharing:revoke", managers(302) | {"contributor": 404, "guest": 404}, a_managers_link, "POST"),
    Row(
        "sharing:revoke",
        makers(404) | {"viewer": 404},
        a_link_of_another_project,
        "POST",
    ),
]
