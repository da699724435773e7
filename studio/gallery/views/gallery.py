"""The gallery of a project."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from studio.gallery.queries import count_newer, gallery_page
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
