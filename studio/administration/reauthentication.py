"""Has people confirm that it is them before keys, limits and roles change: a screen left alone must not be enough."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from studio.people.confirmed import confirmed_lately
from studio.people.requests import SignedInRequest

Given = ParamSpec("Given")
Request = TypeVar("Request", bound=SignedInRequest)
SAFE = ("GET", "HEAD")
View = Callable[Concatenate[Request, Given], HttpResponseBase]


def recently_signed_in(view: View[Request, Given]) -> View[Request, Given]:
    """Answer what changes something only to who has confirmed lately that it is them; reading stays as it is.

    Others are asked for it, and come back to the page from which they came. What they had sent is not kept:
    allauth would keep it in the session, and it may be a secret.
    """
    return _asking(view, allow_get=True)


def recently_signed_in_to_see(view: View[Request, Given]) -> View[Request, Given]:
    """The same for a form that takes a secret: asked for before it is shown, since what was typed would be lost."""
    return _asking(view, allow_get=False)


def _asking(view: View[Request, Given], *, allow_get: bool) -> View[Request, Given]:
    @wraps(view)
    def answer(request: Request, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        is_allowed = (allow_get and request.method in SAFE) or confirmed_lately(request)
        return view(request, *args, **kwargs) if is_allowed else _ask(request)

    return answer


def _ask(request: HttpRequest) -> HttpResponse:
    is_htmx = request.headers.get("HX-Request") == "true"
    if request.method in SAFE:
        page = request.get_full_path()
    else:
        page = request.headers.get("HX-Current-URL" if is_htmx else "Referer", "")
        messages.info(request, "Nothing was changed yet. Confirm that it’s you, then do it again.")
    address = f"{reverse('account_reauthenticate')}?{urlencode({'next': _path_of(page)})}"
    return HttpResponse(status=401, headers={"HX-Redirect": address}) if is_htmx else redirect(address)


def _path_of(page: str) -> str:
    """Return the path of a page of ours; a broken address leads home."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return "/"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path or '/'}{query}"
