"""Has people confirm that it is them before keys, limits and roles change: a screen left alone must not be enough."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
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
# Where the session holds what was typed in one form.
_KEPT = "typed_before_confirming"
# In characters; a session is read with every request.
MOST_KEPT = 100_000
View = Callable[Concatenate[Request, Given], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: where to, from which page, and its fields in their order."""

    action: str
    page: str
    fields: list[tuple[str, str]]


def recently_signed_in(view: View[Request, Given]) -> View[Request, Given]:
    """Answer what changes something only to who has confirmed lately that it is them; reading stays as it is.

    Others are asked for it, and come back to the page from which they came. What they had sent is not kept:
    allauth would keep it in the session, and it may be a secret.
    """
    return _asking(view, allow_get=True)


def recently_signed_in_to_save(view: View[Request, Given]) -> View[Request, Given]:
    """The same for a form in which there is much to type and no secret: once it's clear who it is, it can go on.

    What was typed waits in the session until it is sent or left; a form with a file doesn't.
    """
    return _asking(view, allow_get=True, keeps=True)


def recently_signed_in_to_see(view: View[Request, Given]) -> View[Request, Given]:
    """The same for a form that takes a secret: asked for before it is shown, since what was typed would be lost."""
    return _asking(view, allow_get=False)


def typed_before(request: HttpRequest) -> Typed | None:
    """Return the form that waits to be sent."""
    kept = request.session.get(_KEPT)
    return Typed(**kept) if kept else None


def forget_typed(request: HttpRequest) -> None:
    """Leave the form that waits to be sent, if there is one."""
    request.session.pop(_KEPT, None)


def _asking(view: View[Request, Given], *, allow_get: bool, keeps: bool = False) -> View[Request, Given]:
    @wraps(view)
    def answer(request: Request, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        is_read = request.method in SAFE
        if not (allow_get and is_read) and not confirmed_lately(request):
            return _ask(request, keeps=keeps)
        if keeps and not is_read:
            forget_typed(request)
        return view(request, *args, **kwargs)

    return answer


def _ask(request: HttpRequest, *, keeps: bool) -> HttpResponse:
    is_htmx = request.headers.get("HX-Request") == "true"
    if request.method in SAFE:
        page = request.get_full_path()
    else:
        page = _path_of(request.headers.get("HX-Current-URL" if is_htmx else "Referer", ""))
        if keeps and _keep(request, page):
            page = reverse("administration:go_on")
            sentence = "What you typed is kept while you confirm that it’s you."
        else:
            sentence = "Confirm that it’s you, then do it again."
        messages.info(request, f"Nothing was changed yet. {sentence}")
    address = f"{reverse('account_reauthenticate')}?{urlencode({'next': page})}"
    return HttpResponse(status=401, headers={"HX-Redirect": address}) if is_htmx else redirect(address)


def _keep(request: HttpRequest, page: str) -> bool:
    """Keep what was sent; False for what is too much, or of which a part would be missing."""
    typed = Typed(
        request.get_full_path(),
        page,
        [
            (name, str(value))
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ],
    )
    if request.FILES or sum(len(name) + len(value) for name, value in typed.fields) > MOST_KEPT:
        return False
    request.session[_KEPT] = asdict(typed)
    return True


def _path_of(page: str) -> str:
    """Return the path of a page of ours; a broken address leads home, and none to another host."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return "/"
    query = f"?{parts.query}" if parts.query else ""
    return f"/{parts.path.lstrip('/')}{query}"
