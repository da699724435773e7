"""Whoever opens a link: nobody that Studio knows. One who gave its password is known by a signed cookie."""

from typing import TypeVar

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from studio.sharing.models import ShareLink
from studio.sharing.queries import find_shared

UNLOCKED_S = 12 * 60 * 60
Answer = TypeVar("Answer", bound=HttpResponseBase)


def find_open(request: HttpRequest, token: str) -> ShareLink:
    """Return a link that works and whose password this guest gave, or raise Http404."""
    link = find_shared(token)
    if link is None or not link.works or not is_unlocked(request, link):
        raise Http404
    return link


def is_unlocked(request: HttpRequest, link: ShareLink) -> bool:
    """Tell whether this guest may look: the link has no password, or they gave it."""
    if not link.password:
        return True
    given = request.get_signed_cookie(_cookie_of(link), "", salt=_salt_of(link), max_age=UNLOCKED_S)
    return given == "open"


def unlock(response: HttpResponse, link: ShareLink, token: str) -> None:
    """Let this guest look for half a day. A new address or password of the link ends it."""
    response.set_signed_cookie(
        _cookie_of(link),
        "open",
        salt=_salt_of(link),
        max_age=UNLOCKED_S,
        path=reverse("sharing:page", args=[token]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def address_of(request: HttpRequest) -> str:
    """Return the network address that a guest comes from."""
    return str(get_adapter().get_client_ip(request))


def dress(response: Answer, *, has_form: bool = False) -> Answer:
    """Keep a link's address out of search engines, and out of what browsers tell other sites.

    A form says where it stood, to its own site only: a browser that must not say so at all sends `Origin: null`,
    which Django refuses.
    """
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "same-origin" if has_form else "no-referrer"
    return response


def _cookie_of(link: ShareLink) -> str:
    return f"share_{link.pk}"


def _salt_of(link: ShareLink) -> str:
    return f"studio.sharing:{link.token_digest}:{link.password}"
