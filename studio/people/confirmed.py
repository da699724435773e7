"""What a session knows of how its person proved who they are."""

import time

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

# As allauth calls them; a second factor alone confirms somebody who is signed in.
_PROOFS = frozenset({"password", "mfa", "socialaccount"})


def confirmed_lately(request: HttpRequest) -> bool:
    """Tell whether somebody signed in, or confirmed that it's them, within ACCOUNT_REAUTHENTICATION_TIMEOUT.

    allauth itself counts confirmations only, and would ask again a moment after the sign-in.
    """
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] in _PROOFS and record["at"] > since for record in records)


def came_by_company(request: HttpRequest) -> bool:
    """Tell whether this session was begun at the company's sign-in, which asks for factors of its own."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "socialaccount" for record in records)
