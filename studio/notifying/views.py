"""The bell and what stands behind it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from studio.kit.parameters import read_id
from studio.notifying.actions import mark_one_read, mark_read
from studio.notifying.queries import notifications_of, unread_words
from studio.people.requests import SignedInRequest

ROWS = 100
LATEST = 8


@require_safe
def notifications(request: SignedInRequest) -> HttpResponse:
    """List what the reader was told lately."""
    rows = list(notifications_of(request.user)[:ROWS])
    context = {"rows": rows, "has_unread": any(row.read_at is None for row in rows)}
    return render(request, "notifying/notifications.html", context)


@require_safe
def bell(request: SignedInRequest) -> HttpResponse:
    """Answer with the bell as it stands now."""
    context = {"count": unread_words(request.user), "first": ""}
    return render(request, "notifying/_bell.html", context)


@require_POST
def read(request: SignedInRequest) -> HttpResponse:
    """Mark all as read that the page has shown."""
    mark_read(by=request.user, upto=read_id(request.POST.get("upto")) or 0)
    return redirect("notifying:notifications")


@require_safe
def latest(request: SignedInRequest) -> HttpResponse:
    """Answer with the newest, for the menu of the bell."""
    return _show_latest(request)


@require_POST
def read_one(request: SignedInRequest, notification_id: int) -> HttpResponse:
    """Mark one as read, from the page or from the menu."""
    mark_one_read(get_object_or_404(notifications_of(request.user), pk=notification_id))
    if request.headers.get("HX-Request") == "true":
        # The bell asks anew. After the swap: the form that has asked may be gone by then.
        return trigger_client_event(_show_latest(request), "notification:changed", after="settle")
    return redirect("notifying:notifications")


def _show_latest(request: SignedInRequest) -> HttpResponse:
    return render(request, "notifying/_latest.html", {"rows": list(notifications_of(request.user)[:LATEST])})
