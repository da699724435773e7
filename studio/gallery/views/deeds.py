"""What is done to one image: star, delete, restore. With htmx on the feed, and as plain forms anywhere."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from studio.gallery import actions
from studio.gallery.filters import Filters
from studio.gallery.places import place_of
from studio.gallery.presenters import star_of
from studio.gallery.queries import find_image, find_image_or_trashed
from studio.gallery.views.gallery import address_before, address_of
from studio.generation.cards import cards_for
from studio.generation.links import Links
from studio.generation.models import Image
from studio.generation.queries import find_generation
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project
from studio.projects.queries import find_project

TRASHED = "Moved to the trash."
RESTORED = "Restored."
STARS = {
    "studio": "generation/_image_tiles.html#star",
    "gallery": "gallery/_tiles.html#star",
    "image": "gallery/_star.html",
}


@require_POST
def star(request: HtmxRequest, slug: str, image_id: int) -> HttpResponse:
    """Mark an image for oneself, or take the mark away; `is_starred` says how it is to be."""
    project = find_project(slug, request.user)
    image = find_image(project, image_id)
    is_starred = request.POST.get("is_starred") == "1"
    actions.set_favourite(image=image, by=request.user, is_favourite=is_starred)
    if not request.htmx:
        return _back(request, project, image)
    shown = star_of(image, Links(project.slug), is_starred=is_starred)
    return render(request, STARS[_page_of(request)], {"tile": shown})


@require_POST
def trash(request: HtmxRequest, slug: str, image_id: int) -> HttpResponse:
    """Move an image to the trash; the page of the image goes on to the next one."""
    project = find_project(slug, request.user)
    image = find_image_or_trashed(project, image_id, request.user)
    onward = _onward(request, project, image)
    actions.trash_images(project=project, image_ids=[image.pk], by=request.user)
    undo_url = reverse("gallery:restore", args=[project.slug, image.pk])
    if request.htmx:
        return _card(request, project, image, {"sentence": TRASHED, "undo_url": undo_url})
    messages.success(request, TRASHED, extra_tags=undo_url)
    return redirect(onward)


@require_POST
def restore(request: HtmxRequest, slug: str, image_id: int) -> HttpResponse:
    """Bring an image back from the trash."""
    project = find_project(slug, request.user)
    image = find_image_or_trashed(project, image_id, request.user)
    actions.restore_images(project=project, image_ids=[image.pk], by=request.user)
    if request.htmx:
        return _card(request, project, image, {"sentence": RESTORED, "card_is_oob": True})
    messages.success(request, RESTORED)
    return redirect("gallery:image", project.slug, image.pk)


def _card(request: HtmxRequest, project: Project, image: Image, context: dict[str, object]) -> HttpResponse:
    generation = find_generation(project, image.generation_id)
    context |= {"project": project, "card": cards_for(project, request.user, [generation])[0]}
    return render(request, "gallery/_card_after.html", context)


def _page_of(request: SignedInRequest) -> str:
    """Return on which page the form stood: studio, gallery or image."""
    back = request.POST.get("back", "")
    return back if back in STARS else "image"


def _back(request: SignedInRequest, project: Project, image: Image) -> HttpResponse:
    page = _page_of(request)
    if page == "image":
        return redirect(_page_address(request, project, image))
    return redirect(
        reverse("generation:studio", args=[project.slug])
        if page == "studio"
        else address_before(request, project)
    )


def _onward(request: SignedInRequest, project: Project, image: Image) -> str:
    """Return where to go when this image is gone: the older one, else the newer one, else the gallery."""
    if _page_of(request) == "studio":
        return reverse("generation:studio", args=[project.slug])
    place = place_of(image, Filters.read(request.GET), request.user)
    return _page_address(request, project, place.older or place.newer)


def _page_address(request: SignedInRequest, project: Project, image: Image | None) -> str:
    """Return the address of an image's page, else of the gallery, within the search that the form came from."""
    filters = Filters.read(request.GET)
    if image is None:
        return address_of(project, filters)
    address, search = reverse("gallery:image", args=[project.slug, image.pk]), filters.as_query()
    return f"{address}?{search}" if search else address
