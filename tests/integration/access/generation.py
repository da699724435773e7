"""Access to the routes of `generation`."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile

from studio.catalog.actions import install_catalog
from studio.generation.models import Status
from tests.asking import make_request
from tests.cast import Cast
from tests.integration.access.table import Arguments, Expected, Row, makers, seers, the_project
from tests.pictures import encode, make_batch, make_generation, make_image


def a_generation(status: Status, **fields: str) -> Callable[[Cast], Arguments]:
    def arguments(cast: Cast) -> Arguments:
        ended = (
            {"finished_at": cast.project.created_at, "next_action_at": None}
            if status == Status.FAILED
            else {}
        )
        batch = make_batch(cast.project, cast.contributor)
        generation = make_generation(batch, status=status, **ended, **fields)
        return {"slug": cast.project.slug, "generation_id": generation.pk}

    return arguments


def a_batch_with_a_failure(cast: Cast) -> Arguments:
    ended = {"finished_at": cast.project.created_at, "next_action_at": None}
    failed = make_generation(make_batch(cast.project, cast.contributor), status=Status.FAILED, **ended)
    return {"slug": cast.project.slug, "batch_id": failed.batch_id}


def a_prompt(cast: Cast) -> Arguments:
    install_catalog()
    return {"model": "mountsea:nano-banana-2", "in-prompt": "A fjord", "in-num_images": "1"}


def a_file(cast: Cast) -> Arguments:
    install_catalog()
    return {"file": SimpleUploadedFile("lake.png", encode(), "image/png")}


def a_pick(cast: Cast) -> Arguments:
    return {"image": make_image(cast.project, cast.contributor).pk}


def an_image_to_edit(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug, "image_id": make_image(cast.project, cast.contributor).pk}


def a_wish(cast: Cast) -> Arguments:
    """A press that no limit stops: whoever may press is told so, with the form."""
    asked = {"quota": "1", "unit": "images", "amount": "5", "until": "2999-01-01"}
    return {**a_prompt(cast), **asked}


def an_own_request(cast: Cast) -> Arguments:
    """A request of the contributor: to everybody else it does not exist."""
    return {"slug": cast.project.slug, "request_id": make_request(cast).pk}


def askers(status: int) -> Expected:
    return {**seers(404), "contributor": status}


ROWS: list[Row] = [
    Row("generation:studio", seers(200), the_project),
    Row("generation:cards", seers(200), the_project),
    Row("generation:form", makers(200), the_project),
    Row("generation:form", makers(200), the_project, "POST", a_prompt),
    Row("generation:usual_time", makers(200), the_project, "GET", a_prompt),
    Row("generation:models", makers(200), the_project),
    Row("generation:models", makers(200), the_project, "POST", a_prompt),
    Row("generation:generate", makers(302), the_project, "POST", a_prompt),
    Row("generation:ask", makers(422), the_project, "POST", a_wish),
    Row("generation:outages", seers(200), the_project),
    Row("generation:requests", seers(200), the_project),
    Row("generation:withdraw", askers(302), an_own_request, "POST"),
    Row("generation:send_waiting", askers(409), an_own_request, "POST"),
    Row("generation:put_away", askers(409), an_own_request, "POST"),
    Row("generation:upload", makers(302), the_project, "POST", a_file),
    Row("generation:pick", makers(200), the_project),
    Row("generation:use", makers(200), the_project, "POST", a_pick),
    Row("generation:edit", makers(302), an_image_to_edit, "POST"),
    Row("generation:detail", seers(200), a_generation(Status.SUCCEEDED)),
    Row("generation:cancel", makers(302), a_generation(Status.QUEUED), "POST"),
    Row("generation:retry", makers(302), a_generation(Status.FAILED), "POST"),
    Row("generation:retry_failed", makers(302), a_batch_with_a_failure, "POST"),
    Row("generation:check", makers(302), a_generation(Status.UNKNOWN, task_id="hub-1"), "POST"),
    Row("generation:send_again", makers(302), a_generation(Status.UNKNOWN), "POST"),
    Row("generation:discard", makers(302), a_generation(Status.UNKNOWN), "POST"),
]
