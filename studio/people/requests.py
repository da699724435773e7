"""Requests behind the sign-in, which the middleware guarantees: their user is one of ours."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from studio.people.models import User


class SignedInRequest(HttpRequest):
    user: User


class HtmxRequest(SignedInRequest):
    """A request whose view asks what htmx says about itself."""

    htmx: HtmxDetails
