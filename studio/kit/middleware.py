"""What every answer has in common: refusals become HTTP answers, pages stay out of shared and disk caches."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode, urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.decorators import sync_and_async_middleware

from studio.kit.errors import StudioError

WRITES_AT_ONCE = 2


class StudioErrorMiddleware:
    """Answers a refusal with its sentence: a toast for htmx, a page otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StudioError):
            return None
        is_htmx = request.headers.get("HX-Request") == "true"
        template = "components/_toast.html" if is_htmx else "refused.html"
        context = {"sentence": exception.sentence, "status": exception.status}
        return render(request, template, context, status=exception.status)


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks for a sign-in. A part of a page that asks by htmx sends its whole page there, not the form into itself."""

    def handle_no_permission(  # type: ignore[override]  # the stubs know of redirects only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if request.headers.get("HX-Request") != "true":
            return super().handle_no_permission(request, view_func)
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
        return HttpResponse(status=401, headers={"HX-Redirect": address})


@sync_and_async_middleware
def keep_pages_private(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Say `private, no-store` on every answer that doesn't say itself how it may be cached."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            return _private(await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        return _private(get_response(request))

    return answer


def _private(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def few_writes_at_once(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let writing requests wait for each other, so that fifty presses in one moment don't slow everybody's pages.

    They share one interpreter, and SQLite's one writer, anyway: all at once, each of them and every page in
    between takes as long as all together. Their bodies have arrived by now, so a slow line holds nobody up.
    """
    slots = BoundedSemaphore(WRITES_AT_ONCE)

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return get_response(request)
        with slots:
            return get_response(request)

    return answer
