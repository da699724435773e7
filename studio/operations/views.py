"""Answers for machines that watch over Studio: balancers, monitors, and whoever is called at night."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from studio.operations.readiness import look

REMEMBERED_S = 1


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
    return JsonResponse(body, status=503 if reasons else 200, headers={"Cache-Control": "no-store"})
