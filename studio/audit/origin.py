"""From which network address the request comes that is answered here, for acts that should say so (ADR 14)."""

from collections.abc import Callable
from contextvars import ContextVar

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse

_answered: ContextVar[HttpRequest | None] = ContextVar("answered", default=None)

# What a stolen session would be used for: reaching further, taking keys, lifting limits, giving away roles.
_TOLD = ("access.", "factor.", "key.", "limit.", "grant.", "member.", "person.", "share.", "request.approved")


def says_origin(verb: str) -> bool:
    """Tell whether an act is written down with the network address that it was done from."""
    return verb.startswith(_TOLD)


def network_address() -> str:
    """Return the address that the request comes from; empty on the command line and in the engine."""
    request = _answered.get()
    return str(get_adapter().get_client_ip(request)) if request else ""


def remember_origin(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Keep the request at hand while it is answered."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = _answered.set(request)
        try:
            return get_response(request)
        finally:
            _answered.reset(token)

    return answer
