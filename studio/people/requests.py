"""A request behind the sign-in, which the middleware guarantees: its user is one of ours."""

from django.http import HttpRequest

from studio.people.models import User


class SignedInRequest(HttpRequest):
    user: User
