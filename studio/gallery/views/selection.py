"""What is done to the selected images: download, star, delete and restore. Plain forms; with htmx the tiles follow."""

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from studio.gallery import actions
from studio.gallery.exporting import export_images
from studio.gallery.filters import Filters
from studio.gallery.pages import followed, images_for_tiles
from studio.gallery.selecting import MOST_CHANGED, MOST_DOWNLOADED, selected_ids
from studio.gallery.tiles import TileDrawer
from studio.gallery.trash import trash_sums
from studio.gallery.views.gallery import address_before
from studio.generation.models import Image
from studio.generation.policies import image_rights
from studio.kit.database import before_streaming
from studio.kit.pace import FOR_LONG_ANSWERS, check_pace
from studio.kit.zip_answer import ZipStream, answer_with_zip
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project
from studio.projects.queries import counted_images, find_project

# An address with more ids than this is longer than some proxies take; without script there is the trash page.
MOST_IN_ADDRESS = 200


@require_POST
async def download(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Answer with the originals of the selected images and their recipes as a ZIP."""
    return answer_with_zip(await _archive(request, slug), name=f"{slug}-images.zip")


@before_streaming
def _archive(request: SignedInRequest, slug: str) -> ZipStream:
    check_pace("download", request.user.pk, share=FOR_LONG_ANSWERS)
    project = find_project(slug, request.user)

    def address_of(image: Image) -> str:
        return request.build_absolute_uri(reverse("gallery:image", args=[slug, image.pk]))

    ids = selected_ids(request.POST, most=MOST_DOWNLOADED)
    return export_images(project, ids, address_of=address_of, by=request.user)


@require_POST
def star_selected(request: HtmxRequest, slug: str) -> HttpResponse:
    """Mark the selected images for oneself."""
    project = find_project(slug, request.user)
    ids = selected_ids(request.POST, most=MOST_CHANGED)
    starred = actions.star_images(project=project, image_ids=ids, by=request.user)
    sentence = f"{counted_images(len(starred))} starred." if starred else "They have your star already."
    return _answer(request, project, ids, sentence)


@require_POST
def trash_selected(request: HtmxRequest, slug: str) -> HttpResponse:
    """Move the selected images to the trash, with the way back."""
    project = find_project(slug, request.user)
    ids = selected_ids(request.POST, most=MOST_CHANGED)
    trashed = actions.trash_images(project=project, image_ids=ids, by=request.user)
    sentence = f"{counted_images(len(trashed))} moved to the trash."
    return _answer(request, project, ids, sentence, undo_ids=trashed)


@require_POST
def restore_selected(request: HtmxRequest, slug: str) -> HttpResponse:
    """Bring images back from the trash; `only` one of them, or all that are named."""
    project = find_project(slug, request.user)
    ids = selected_ids(_named(request), most=MOST_CHANGED)
    restored = actions.restore_images(project=project, image_ids=ids, by=request.user)
    sentence = (
        f"{counted_images(len(restored))} restored." if restored else "They have been restored already."
    )
    return _answer(request, project, ids, sentence)


def _named(request: SignedInRequest) -> QueryDict:
    """Return the ids of the form; without script the way back has them in its address."""
    sent = request.POST.copy()
    if only := sent.get("only"):
        sent.setlist("image", [only])
    if "image" not in sent:
        sent.setlist("image", request.GET.getlist("image"))
    return sent


def _answer(
    request: HtmxRequest,
    project: Project,
    ids: Collection[int],
    sentence: str,
    undo_ids: Collection[int] = (),
) -> HttpResponse:
    """Answer with the tiles as they are now and a toast; without htmx, with the page that they were on."""
    restore_url = reverse("gallery:restore_selected", args=[project.slug])
    is_trash = request.POST.get("back") == "trash"
    if not request.htmx:
        is_short = undo_ids and len(undo_ids) <= MOST_IN_ADDRESS
        undo = f"{restore_url}?{urlencode({'image': list(undo_ids)}, doseq=True)}" if is_short else ""
        messages.success(request, sentence, extra_tags=undo)
        trash_url = reverse("gallery:trash_page", args=[project.slug])
        return redirect(trash_url if is_trash else address_before(request, project))
    images = list(images_for_tiles(request.user).filter(project=project, id__in=ids).order_by("id"))
    filters = _filters(request)
    context: dict[str, object] = {
        "tiles": TileDrawer(project.slug, filters.as_query()).draw(images),
        "sentence": sentence,
        "undo_url": restore_url if undo_ids else "",
        "undo_ids": list(undo_ids),
        "trash": trash_sums(project, image_rights(project, request.user)) if is_trash else None,
        "followed": None if is_trash else followed(project, request.user, filters, images),
    }
    return render(request, "gallery/_after.html", context)


def _filters(request: HtmxRequest) -> Filters:
    """Read the filters of the page that the tiles stand on: they are in its address."""
    return Filters.read(QueryDict((request.htmx.current_url or "").partition("?")[2]))
