"""The bytes of images and of what they were made from."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from studio.gallery import files
from studio.gallery.queries import find_image_or_trashed, find_upload
from studio.kit.database import before_streaming
from studio.kit.file_answer import StoredFile, answer_with
from studio.people.requests import SignedInRequest
from studio.projects.queries import find_project


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


@require_safe
async def upload_thumb(request: SignedInRequest, slug: str, upload_id: int) -> HttpResponseBase:
    """Answer with the small picture of a reference image."""
    return await answer_with(await _upload_thumbnail(request, slug, upload_id), request)


@before_streaming
def _image_file(request: SignedInRequest, slug: str, image_id: int) -> StoredFile:
    found = find_image_or_trashed(find_project(slug, request.user), image_id, request.user)
    return files.original_of(found, as_download="download" in request.GET, project_slug=slug)


@before_streaming
def _thumbnail(request: SignedInRequest, slug: str, image_id: int, width: int) -> StoredFile:
    found = find_image_or_trashed(find_project(slug, request.user), image_id, request.user)
    return files.thumbnail_of(found, width)


@before_streaming
def _upload_file(request: SignedInRequest, slug: str, upload_id: int) -> StoredFile:
    return files.upload_of(find_upload(find_project(slug, request.user), upload_id))


@before_streaming
def _upload_thumbnail(request: SignedInRequest, slug: str, upload_id: int) -> StoredFile:
    return files.upload_thumbnail_of(find_upload(find_project(slug, request.user), upload_id))
