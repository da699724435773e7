"""Access to the sign-in and to one-time links."""

from studio.people.actions import make_password_link
from tests.cast import Cast
from tests.factories import UserFactory
from tests.integration.access.table import ROLES, Arguments, Row, public, signed_in


def _link(cast: Cast) -> Arguments:
    return {"token": make_password_link(person=UserFactory(), by=None)}


# Whoever is signed in has no business on the pages of the sign-in.
GUESTS = dict.fromkeys(ROLES, 302) | {"anonymous": 200, "deactivated": 200}

ROWS = [
    Row("account_login", GUESTS),
    Row("account_signup", GUESTS),
    Row("account_inactive", public(200)),
    Row("account_logout", signed_in(200) | {"anonymous": 302, "deactivated": 302}),
    Row("account_change_password", signed_in(200)),
    Row("account_reauthenticate", signed_in(200)),
    Row("people:welcome", public(200), _link),
    Row("people:welcome", public(404), lambda cast: {"token": "nonsense"}),
]
