"""The gallery of a project, the page of an image, and the bytes of both."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from studio.catalog.queries import describe
from studio.gallery import files
from studio.gallery.presenters import timeline_lines, times_of
from studio.gallery.queries import batch_images, count_newer, find_image, find_upload, gallery_page, place_of
from studio.generation.queries import timeline_of
from studio.kit.database import before_streaming
from studio.kit.file_answer import StoredFile, answer_with
from studio.kit.parameters import read_day, read_id
from studio.live.queries import current_cursor
from studio.people.requests import SignedInRequest
from studio.projects.queries import find_project


class HtmxRequest(SignedInRequest):
    htmx: HtmxDetails


@require_safe
@vary_on_headers("HX-Request")
def project(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show a page of the project's images; to htmx, only what follows the page that is there."""
    shown = find_project(slug, request.user)
    cursor = current_cursor()
    before_id = read_id(request.GET.get("before"))
    day = read_day(request.GET.get("day"))
    context = {
        "project": shown,
        "page": gallery_page(shown, before_id, continued=day),
        "before_id": before_id,
        "continued_day": day,
        "cursor": cursor,
    }
    is_next_page = request.htmx and before_id and not request.htmx.history_restore_request
    return render(request, "gallery/_older.html" if is_next_page else "gallery/project.html", context)


@require_safe
def news(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answer a live page how many images came after the newest that it shows."""
    shown = find_project(slug, request.user)
    count = count_newer(shown, read_id(request.GET.get("after")) or 0)
    return render(request, "gallery/_news.html", {"project": shown, "count": count})


@require_safe
def image(request: SignedInRequest, slug: str, image_id: int) -> HttpResponse:
    """Show one image with its prompt, parameters and timeline."""
    shown = find_project(slug, request.user)
    found = find_image(shown, image_id)
    batch = found.generation.batch
    context = {
        "project": shown,
        "image": found,
        "place": place_of(found, shown),
        "batch_images": batch_images(found),
        "facts": describe(found.model, batch.input),
        "times": times_of(found.generation),
        "timeline": timeline_lines(timeline_of(found.generation)),
        "shows_timeline": request.GET.get("show") == "timeline",
    }
    return render(request, "gallery/image.html", context)


@require_safe
async def file(request: SignedInRequest, slug: str, image_id: int) -> HttpResponseBase:
    """Answer with the provider's bytes of an image; `?download=1` as a download."""
    return await answer_with(await _image_file(request, slug, image_id), request)


@require_safe
async def thumb(request: SignedInRequest, slug: str, image_id: int, width: int) -> HttpResponseBase:
    """Answer with a thumbnail of an image, or the nearest there is."""
    return await answer_with(await _thumbnail(request, slug, image_id, width), request)


@require_safe
async def upload_file(request: SignedInRequest, slug: str, upload_id: int) -> HttpResponseBase:
    """Answer with the bytes of a reference image."""
    return await answer_with(await _upload_file(request, slug, upload_id), request)


@before_streaming
def _image_file(request: SignedInRequest, slug: str, image_id: int) -> StoredFile:
    found = find_image(find_project(slug, request.user), image_id)
    return files.original_of(found, as_download="download" in request.GET, project_slug=slug)


@before_streaming
def _thumbnail(request: SignedInRequest, slug: str, image_id: int, width: int) -> StoredFile:
    return files.thumbnail_of(find_image(find_project(slug, request.user), image_id), width)


@before_streaming
def _upload_file(request: SignedInRequest, slug: str, upload_id: int) -> StoredFile:
    return files.upload_of(find_upload(find_project(slug, request.user), upload_id))
