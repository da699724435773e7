"""The page of an image."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.catalog.forms import PREFIX
from studio.catalog.pairs import pair_of
from studio.catalog.queries import describe, spec_of
from studio.gallery.filters import Filters
from studio.gallery.lineage import lineage_of
from studio.gallery.places import place_of
from studio.gallery.presenters import full_request, star_of, times_of
from studio.gallery.queries import batch_images, find_image_with_facts, is_starred
from studio.gallery.trash import days_left
from studio.generation.links import Links
from studio.generation.models import Image
from studio.generation.policies import can_see_keys, image_rights
from studio.generation.queries import timeline_of
from studio.generation.receipt import Receipt, receipt_of
from studio.generation.usual import usual_time_lately
from studio.kit import clock
from studio.people.requests import SignedInRequest
from studio.projects.models import Project
from studio.projects.queries import find_project


@require_safe
def image(request: SignedInRequest, slug: str, image_id: int) -> HttpResponse:
    """Show one image with what it is made of, and what can be done with it.

    The address keeps the filters of the gallery, so that its neighbours are those of the search.
    """
    project = find_project(slug, request.user)
    found = find_image_with_facts(project, image_id, request.user)
    filters = Filters.read(request.GET)
    shows_timeline = request.GET.get("show") == "timeline"
    search = filters.as_query()
    context = {
        "project": project,
        "image": found,
        "place": place_of(found, filters, request.user),
        "batch_images": batch_images(found),
        "shows_timeline": shows_timeline,
        "search": f"?{search}" if search else "",
        "onward": _onward(search, shows_timeline=shows_timeline),
        "timeline_query": _onward(search, shows_timeline=True),
        "receipt": _receipt(request, found) if shows_timeline else None,
        **_facts(found),
        **_deeds(request, project, found),
    }
    return render(request, "gallery/image.html", context)


def _receipt(request: SignedInRequest, image: Image) -> Receipt:
    generation = image.generation
    shows_keys = can_see_keys(request.user)
    return receipt_of(generation, timeline_of(generation), clock.now(), shows_keys=shows_keys)


def _facts(image: Image) -> dict[str, object]:
    batch = image.generation.batch
    return {
        "facts": describe(batch.model, batch.input),
        "times": times_of(image.generation),
        "usual": usual_time_lately(image.generation.model_id, image.generation.pace),
        "lineage": (lineage := lineage_of(image)),
        "full_request": full_request(batch, lineage.sources),
    }


def _deeds(request: SignedInRequest, project: Project, image: Image) -> dict[str, object]:
    rights = image_rights(project, request.user)
    return {
        "tile": star_of(image, Links(project.slug), is_starred=is_starred(image, request.user)),
        "may_make": rights.may_make,
        "can_delete": rights.can_delete(image),
        "mask_control": _mask_control(image),
        "days_left": days_left(image) if image.deleted_at else None,
    }


def _mask_control(image: Image) -> str:
    """Return the control of the mask in the form that edits the image; empty where its model takes none."""
    field = spec_of(pair_of(image.generation.batch.model).model_for(has_references=True)).with_role("mask")
    return f"{PREFIX}{field.name}" if field else ""


def _onward(search: str, *, shows_timeline: bool) -> str:
    """Return the query with which the page of a neighbour is opened: the same search, the same tab."""
    parts = [search] if search else []
    parts += [urlencode({"show": "timeline"})] if shows_timeline else []
    return f"?{'&'.join(parts)}" if parts else ""
