"""Writes down what people were refused."""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from studio.audit.actions import record_seldom
from studio.kit.errors import NotAllowed

SAME_REFUSAL_EVERY = timedelta(minutes=10)


class RefusalMiddleware:
    """Records that somebody asked for what they may not do: once in ten minutes for each person and address.

    The answer itself is `StudioErrorMiddleware`'s, which stands outside of this one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if not isinstance(exception, NotAllowed) or not request.user.is_authenticated:
            return
        route = request.resolver_match.view_name if request.resolver_match else ""
        record_seldom(
            verb="access.refused",
            about=f"{request.user.pk}:{route}",
            every=SAME_REFUSAL_EVERY,
            by=request.user,
            details={"route": route},
        )
