"""What every answer has in common: refusals become HTTP answers, pages stay out of shared and disk caches."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode, urlsplit

from asgiref.sync import iscoroutinefunction
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import sync_and_async_middleware
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Redirect, StaticFile

from studio.kit.database import is_away
from studio.kit.disk import NO_ROOM
from studio.kit.errors import StudioError

log = logging.getLogger(__name__)

WRITES_AT_ONCE = 2
# In words of 8 bytes: more than the half of 128 KB, so that a piece of that size is got for it.
_LARGE_FRAME = 9000
# Nothing here needs any of them; a page that was somehow changed can't ask for them either.
_POWERS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_CLOSED = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
}
_NO_DATABASE = (
    "The database can’t be reached or is busy. What is under way goes on. "
    "Try again in a moment: nothing is sent twice."
)
_NO_ROOM = "The server’s disk is full. Nothing was saved; try again when an admin has made room."
_TOO_MUCH = "That is too much for one form: its text may have two megabytes. Nothing was sent. Shorten it and try again."
_WRONG_METHOD = "This address can’t be opened or used in this way. Go back to the page that you came from."


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]
    """Serves static files before all else, with the headers of every other answer.

    The middlewares that set these stand below, where pages pass them: above it, where all is asynchronous, each
    would go to a thread and back twice, with every page and every file.
    """

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        super().__init__(get_response)
        self._safety = SecurityMiddleware(_answer_nothing)
        self._headers = (XFrameOptionsMiddleware(_answer_nothing), CSPMiddleware(_answer_nothing))

    async def aserve(self, static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponseBase:
        response = self._safety.process_request(request) or await super().aserve(static_file, request)
        for each in (self._safety, *self._headers):
            response = each.process_response(request, response)
        return response


def _answer_nothing(_: HttpRequest) -> HttpResponse:
    return HttpResponse()


class StudioErrorMiddleware:
    """Answers a refusal with its sentence: a toast for htmx, a page otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = _refuse_body(request) or self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # Django's own has no content, and a browser shows an error of its own for it.
            response.content = _refuse(request, _WRONG_METHOD, response.status_code).content
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, StudioError):
            return _refuse(request, exception.sentence, exception.status, exception.headers)
        if is_away(exception):
            log.warning("web.database.unavailable error=%s", type(exception).__name__)
            return _refuse(request, _NO_DATABASE, 503)
        return _refuse_full(request, exception)


def _refuse_body(request: HttpRequest) -> HttpResponse | None:
    """Read the form of a request before others do: too large a one has no words, and where the disk has no room for it
    they break, or call it empty.
    """
    if request.method != "POST":
        return None
    try:
        request.POST  # noqa: B018  # this is where Django reads it
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return _refuse(request, _TOO_MUCH, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except OSError as error:
        for handler in request.upload_handlers:
            if half_file := getattr(handler, "file", None):
                with suppress(OSError):
                    half_file.close()
        if refusal := _refuse_full(request, error):
            return refusal
        raise
    return None


def _refuse_full(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    if isinstance(exception, OSError) and exception.errno in NO_ROOM:
        log.warning("web.disk.full error=%s", type(exception).__name__)
        return _refuse(request, _NO_ROOM, 507)
    return None


def _refuse(
    request: HttpRequest, sentence: str, status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    is_htmx = request.headers.get("HX-Request") == "true"
    template = "components/_toast.html" if is_htmx else "refused.html"
    response = render(request, template, {"sentence": sentence, "status": status}, status=status)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks for a sign-in. A part of a page that asks by htmx sends its whole page there, not the form into itself."""

    def handle_no_permission(  # type: ignore[override]  # the stubs know of redirects only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if request.headers.get("HX-Request") == "true":
            address = _sign_in_before(request.headers.get("HX-Current-URL", ""))
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        if request.method not in ("GET", "HEAD"):
            # What a form was sent to can't be opened after the sign-in; the page of the form can.
            return redirect(_sign_in_before(request.headers.get("Referer", "")))
        return super().handle_no_permission(request, view_func)


def _sign_in_before(page: str) -> str:
    """Return the address of the sign-in that leads to the path of a page; a broken address leads home."""
    try:
        path = urlsplit(page).path
    except ValueError:
        path = ""
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': path or '/'})}"


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages, never a stream: a compressor would hold its events back. Pictures are dense already.

    Django lengthens each answer by chance, so that a secret can't be guessed from sizes (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_text = response.headers.get("Content-Type", "").startswith(("text/html", "application/json"))
        if response.streaming or not is_text:
            return response
        return super().process_response(request, response)


def _changing(change: Callable[[HttpResponseBase], None]) -> Callable[[Callable[[HttpRequest], Any]], Any]:
    """Make a middleware that changes every answer, of sync and async views alike."""

    @sync_and_async_middleware
    def middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
        if iscoroutinefunction(get_response):

            async def answer_later(request: HttpRequest) -> HttpResponseBase:
                response: HttpResponseBase = await get_response(request)
                change(response)
                return response

            return answer_later

        def answer(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = get_response(request)
            change(response)
            return response

        return answer

    return middleware


def _make_private(response: HttpResponseBase) -> None:
    response.headers.setdefault("Cache-Control", "private, no-store")


def _close(response: HttpResponseBase) -> None:
    for name, value in _CLOSED.items():
        response.headers.setdefault(name, value)


# Says `private, no-store` on every answer that doesn't say itself how it may be cached.
keep_pages_private = _changing(_make_private)
# Says on every answer that no other site may embed it, and that its page has no use for the machine's devices.
close_to_others = _changing(_close)


def roomy_stack(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer with so much room on the interpreter's stack that no page comes to its edge.

    CPython keeps the frames of functions in pieces of 16 KB, and gets one from the system and gives it back with
    every call that crosses an edge. A template's loop that happens to stand there took twice as long; which page had
    that luck changed with each line of code. A frame that is said to be large gets a piece with room for all of them.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    answer.__code__ = answer.__code__.replace(co_stacksize=_LARGE_FRAME)
    return answer


def few_writes_at_once(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let writing requests wait for each other, so that fifty presses in one moment don't slow everybody's pages.

    They share one interpreter, and SQLite's one writer, anyway: all at once, each of them and every page in
    between takes as long as all together. Their bodies have arrived by now, so a slow line holds nobody up.
    One that has to wait for somebody else's server lets the others pass first (`let_others_write`).
    """
    slots = BoundedSemaphore(WRITES_AT_ONCE)

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return get_response(request)
        slots.acquire()
        vars(request)["_leave_line"] = leave = _once(slots.release)
        try:
            return get_response(request)
        finally:
            leave()

    return answer


def let_others_write(request: HttpRequest) -> None:
    """Let the next writing request begin: this one is about to wait for an answer from outside."""
    leave: Callable[[], None] = vars(request).get("_leave_line", lambda: None)
    leave()


def _once(act: Callable[[], None]) -> Callable[[], None]:
    acts = [act]

    def first() -> None:
        if acts:
            acts.pop()()

    return first
