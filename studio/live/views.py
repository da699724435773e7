"""The stream of changes, and the poll for browsers that no stream reaches."""

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from studio.kit.database import before_streaming
from studio.kit.parameters import read_id
from studio.live.queries import changes_after, current_cursor, told
from studio.live.stream import events
from studio.people.requests import SignedInRequest
from studio.projects.models import Project


@require_safe
async def stream(request: SignedInRequest) -> HttpResponseBase:
    """Stream the ids of what changes in the projects that the reader may see."""
    cursor = read_id(request.headers.get("Last-Event-ID")) or read_id(request.GET.get("cursor"))
    user_id = await _reader_of(request)
    response = StreamingHttpResponse(events(user_id, cursor), content_type="text/event-stream")
    response["Cache-Control"] = "no-store, no-transform"
    # nginx would hold the events back.
    response["X-Accel-Buffering"] = "no"
    return response


@require_safe
def changes(request: SignedInRequest) -> HttpResponse:
    """Answer what changed in one project after a cursor."""
    project_id = read_id(request.GET.get("project")) or 0
    project = get_object_or_404(Project.objects.visible_to(request.user), id=project_id)
    cursor = read_id(request.GET.get("cursor"))
    if cursor is None:
        answer = {"cursor": current_cursor(), "reset": True, "changes": []}
    else:
        news = changes_after(cursor)
        own = [change for change in news.changes if change.project_id == project.id]
        answer = {"cursor": news.cursor, "reset": news.is_reset, "changes": told(own)}
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    return response


@before_streaming
def _reader_of(request: SignedInRequest) -> int:
    return request.user.pk
