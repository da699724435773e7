"""The page of an image."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.catalog.queries import describe
from studio.gallery.presenters import timeline_lines, times_of
from studio.gallery.queries import batch_images, find_image_or_trashed, place_of
from studio.generation.queries import timeline_of
from studio.people.requests import SignedInRequest
from studio.projects.queries import find_project


@require_safe
def image(request: SignedInRequest, slug: str, image_id: int) -> HttpResponse:
    """Show one image with its prompt, parameters and timeline."""
    shown = find_project(slug, request.user)
    found = find_image_or_trashed(shown, image_id, request.user)
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
