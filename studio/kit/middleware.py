"""Turns refusals (`StudioError`) into HTTP answers, in one place."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from studio.kit.errors import StudioError


class StudioErrorMiddleware:
    """Answers a refusal with its sentence: a toast for htmx, a page otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StudioError):
            return None
        if request.headers.get("HX-Request") == "true":
            template = "components/_toast.html"
        else:
            template = "refused.html"
        context = {"sentence": exception.sentence, "status": exception.status}
        return render(request, template, context, status=exception.status)
