"""Answers for machines that watch over Studio: balancers, monitors, and whoever is called at night."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from studio.operations.guard import may_watch
from studio.operations.metrics import StudioCollector
from studio.operations.readiness import look

REMEMBERED_S = 1
_NEVER_CACHED = {"Cache-Control": "no-store"}
_NOT_FOR_YOU = (
    "The figures are for this machine, for STUDIO_METRICS_NETWORKS, and for who sends STUDIO_METRICS_TOKEN."
)


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether Studio can do its work: 200, or 503 with a sentence for each part that can't."""
    # Anybody may ask, and each look writes: it is remembered for a second.
    parts = caches["process"].get_or_set("readiness", look, REMEMBERED_S) or []
    reasons = [part.reason for part in parts if part.reason]
    body = {
        "ready": not reasons,
        "reasons": reasons,
        "parts": {part.name: {"ready": part.is_ready, **part.facts} for part in parts},
    }
    return JsonResponse(body, status=503 if reasons else 200, headers=_NEVER_CACHED)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give all figures in Prometheus' text format, or OpenMetrics where that is asked for."""
    if not may_watch(request):
        return HttpResponse(_NOT_FOR_YOU, status=403, content_type="text/plain", headers=_NEVER_CACHED)
    write, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(write(StudioCollector()), content_type=content_type, headers=_NEVER_CACHED)
