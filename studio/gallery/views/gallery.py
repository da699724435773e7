"""The gallery of a project: its pages, how many images filters leave, and what is new."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url, replace_url

from studio.gallery.bar import draw_bar
from studio.gallery.figures import count_by_model, count_shown
from studio.gallery.filters import Filters
from studio.gallery.matching import Matching
from studio.gallery.pages import changed_images, count_newer, gallery_page
from studio.gallery.resolving import Reader, resolve
from studio.gallery.selecting import MOST_DOWNLOADED
from studio.gallery.tiles import TileDrawer
from studio.generation.policies import image_rights
from studio.kit.clock import now
from studio.kit.pace import check_pace
from studio.kit.parameters import read_day, read_id, read_ids
from studio.live.queries import cursor_along
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project
from studio.projects.queries import find_project


@require_safe
@vary_on_headers("HX-Request")
def project(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show a page of the project's images; to htmx, where it asks for it, only what follows the page that is there."""
    if "q" in request.GET:
        check_pace("search", request.user.pk)
    # The cursor of its news is read before what it shows.
    shown = find_project(slug, request.user, cursor=cursor_along())
    filters, problems = _read_filters(request, shown)
    address = address_of(shown, filters)
    if not request.htmx and filters != Filters.read(request.GET):
        return redirect(address)
    before_id, day = read_id(request.GET.get("before")), read_day(request.GET.get("day"))
    is_part = bool(request.htmx and before_id and not request.htmx.history_restore_request)
    context = {"project": shown, "cursor": vars(shown)["cursor"]}
    page = gallery_page(shown, request.user, filters, before_id=before_id, continued=day, is_part=is_part)
    context |= {
        "page": page,
        "bar": draw_bar(filters, page.figures, reader_id=request.user.pk),
        "problems": problems,
        "before_id": before_id,
        "continued_day": day,
        "rights": image_rights(shown, request.user),
        "most_downloaded": MOST_DOWNLOADED,
    }
    response = render(request, "gallery/_older.html" if is_part else "gallery/project.html", context)
    return response if is_part or not request.htmx else _with_address(request, response, address)


@require_safe
def count(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answer how many images the filters would leave, in the words of the button that shows them, and each model."""
    shown = find_project(slug, request.user)
    filters, _ = _read_filters(request, shown)
    matching = Matching(shown.pk, request.user.pk, filters)
    figures = count_shown(matching)
    context = {"figures": figures, "by_model": count_by_model(matching, figures.models)}
    return render(request, "gallery/_left.html", context)


@require_safe
def news(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answer a live page how many images that fit came after its newest, and what became of those that it shows."""
    shown = find_project(slug, request.user)
    filters = Filters.read(request.GET)
    query = filters.as_query()
    changed = changed_images(shown, request.user, read_ids(request.GET.get("ids")))
    context = {
        "project": shown,
        "query": query,
        "count": count_newer(shown, request.user, filters, read_id(request.GET.get("after")) or 0),
        "tiles": TileDrawer(shown.slug, query).draw(changed),
    }
    return render(request, "gallery/_changed.html", context)


def _read_filters(request: SignedInRequest, project: Project) -> tuple[Filters, list[str]]:
    filters = Filters.read(request.GET)
    if not filters.tokens:
        return filters, []
    return resolve(filters, Reader(project, request.user, timezone.localdate(now())))


def address_of(project: Project, filters: Filters, before_id: int | None = None) -> str:
    """Return the address of the gallery with these filters, at its top or at what is older than an image."""
    query = "&".join(filter(None, [filters.as_query(), f"before={before_id}" if before_id else ""]))
    return reverse("gallery:project", args=[project.slug]) + (f"?{query}" if query else "")


def address_before(request: SignedInRequest, project: Project) -> str:
    """Return the address of the gallery page that a form without script stood on: `search` is its query."""
    asked = QueryDict(request.POST.get("search", ""))
    return address_of(project, Filters.read(asked), read_id(asked.get("before")))


def _with_address(request: HtmxRequest, response: HttpResponse, address: str) -> HttpResponse:
    """Give the browser the canonical address; while somebody types, without a step back for every letter."""
    if request.headers.get("HX-Typing"):
        return replace_url(response, address)
    return push_url(response, address)
