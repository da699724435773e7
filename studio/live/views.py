"""The stream of changes, and the poll for browsers that no stream reaches."""

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from studio.kit.database import before_streaming
from studio.kit.parameters import read_id
from studio.live.models import Change
from studio.live.queries import NEWS, changes_after, current_cursor, told
from studio.live.stream import events
from studio.people.models import User
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
    """Answer what changed in one project after a cursor, and whether there is news; without a project, only that."""
    project = _project_of(request)
    cursor = read_id(request.GET.get("cursor"))
    if cursor is None:
        answer = {"cursor": current_cursor(), "reset": True, "changes": []}
    else:
        news = changes_after(cursor)
        own = [change for change in news.changes if _is_for(change, project, request.user)]
        answer = {"cursor": news.cursor, "reset": news.is_reset, "changes": told(own)}
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    return response


def _project_of(request: SignedInRequest) -> Project | None:
    if "project" not in request.GET:
        return None
    return get_object_or_404(
        Project.objects.visible_to(request.user), id=read_id(request.GET["project"]) or 0
    )


def _is_for(change: Change, project: Project | None, reader: User) -> bool:
    is_news = change.subject_kind == NEWS and change.subject_id == reader.pk
    return is_news or (project is not None and change.project_id == project.pk)


@before_streaming
def _reader_of(request: SignedInRequest) -> int:
    return request.user.pk
