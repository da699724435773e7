"""The health check: answers when the web process is up and reaches its database. /readyz says more."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    words, status = "ok", 200
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        words, status = "The database can't be reached.", 503
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(words, status=status, content_type="text/plain", headers=headers)
