"""Leads who must have a second factor, and has none, to the page where one is set up."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from studio.people.confirmed import came_by_company
from studio.people.factors.queries import owes_second_factor

SET_UP = "mfa_index"
_OPEN = frozenset(
    {
        SET_UP,
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "company:confirm",
        "people:picture",
    }
)


class SecondFactorMiddleware:
    """Lets those pass who owe nothing: of a person and the rule it knows already, it asks nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in _OPEN or not getattr(view, "login_required", True):
            return None
        person = request.user
        if not person.is_authenticated or not owes_second_factor(person) or came_by_company(request):
            return None
        return _lead_to_set_up(request)


def _lead_to_set_up(request: HttpRequest) -> HttpResponse:
    address = reverse(SET_UP)
    if request.headers.get("HX-Request") == "true":
        # A part of the page on which it is set up just stays empty: it would lead to itself for ever.
        is_there = address in request.headers.get("HX-Current-URL", "")
        return (
            HttpResponse(status=204)
            if is_there
            else HttpResponse(status=401, headers={"HX-Redirect": address})
        )
    if request.method not in ("GET", "HEAD"):
        messages.info(request, "Nothing was changed yet. Set up your second factor, then do it again.")
    return redirect(address)
