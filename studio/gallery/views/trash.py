"""The trash of a project."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from studio.gallery import actions
from studio.gallery.selecting import MOST_CHANGED, selected_ids
from studio.gallery.trash import trash_page as read_trash_page
from studio.generation.policies import image_rights
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.policies import can_edit
from studio.projects.queries import counted_images, find_project


@require_safe
@vary_on_headers("HX-Request")
def trash_page(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show the deleted images that the person may bring back; to htmx, what follows the page that is there."""
    project = find_project(slug, request.user)
    rights = image_rights(project, request.user)
    rights.check_can_delete([])
    before = request.GET.get("before", "")
    context = {
        "project": project,
        "page": read_trash_page(project, rights, before=before),
        "before": before,
        "trash_days": settings.TRASH_DAYS,
        "may_empty": can_edit(project, request.user),
    }
    is_part = request.htmx and before and not request.htmx.history_restore_request
    return render(request, "gallery/_trash_days.html" if is_part else "gallery/trash.html", context)


@require_POST
def restore_all(request: SignedInRequest, slug: str) -> HttpResponse:
    """Bring back all that the person may bring back."""
    project = find_project(slug, request.user)
    restored = actions.restore_all(project=project, by=request.user)
    messages.success(request, f"{restored:,} image{'' if restored == 1 else 's'} restored.")
    return redirect("gallery:trash_page", slug)


@require_POST
def empty(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete all that is in the trash for good."""
    project = find_project(slug, request.user)
    purged = actions.empty_trash(project=project, by=request.user)
    messages.success(request, f"{purged:,} image{'' if purged == 1 else 's'} deleted for good.")
    return redirect("gallery:trash_page", slug)


@require_POST
def purge_selected(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete the selected images of the trash for good."""
    project = find_project(slug, request.user)
    ids = selected_ids(request.POST, most=MOST_CHANGED)
    purged = actions.purge_images(project=project, image_ids=ids, by=request.user)
    messages.success(request, f"{counted_images(len(purged))} deleted for good.")
    return redirect("gallery:trash_page", slug)
