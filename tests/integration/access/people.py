"""Access to the sign-in and to one-time links."""

from django.core.files.uploadedfile import SimpleUploadedFile

from studio.people.actions import make_password_link
from studio.people.email_change import ask_for_email, token_of
from studio.people.pictures import set_picture
from tests.cast import Cast
from tests.factories import UserFactory
from tests.integration.access.table import ROLES, Arguments, Row, public, signed_in
from tests.pictures import encode


def _link(cast: Cast) -> Arguments:
    return {"token": make_password_link(person=UserFactory(), by=None)}


def _new_address(cast: Cast) -> Arguments:
    return {"token": token_of(ask_for_email(email="new@example.com", site="http://here", by=cast.viewer))}


def _a_picture(cast: Cast) -> Arguments:
    set_picture(file=SimpleUploadedFile("me.png", encode(), "image/png"), by=cast.viewer)
    return {"name": cast.viewer.picture}


# Whoever is signed in has no business on the pages of the sign-in.
GUESTS = dict.fromkeys(ROLES, 302) | {"anonymous": 200, "deactivated": 200}

ROWS = [
    Row("account_login", GUESTS),
    Row("account_signup", GUESTS),
    Row("account_inactive", public(200)),
    Row("account_logout", signed_in(200) | {"anonymous": 302, "deactivated": 302}),
    Row("account_change_password", signed_in(200)),
    Row("account_reauthenticate", signed_in(200)),
    Row("account_reset_password", public(200)),
    Row("account_reset_password", public(302), method="POST", data=lambda cast: {"email": "x@example.com"}),
    Row("account_reset_password_done", public(200)),
    Row("account_reset_password_from_key", public(200), lambda cast: {"uidb36": "1", "key": "none-such"}),
    Row("account_reset_password_from_key_done", public(200)),
    Row("people:confirm_email", public(200), _new_address),
    Row("people:confirm_email", public(404), lambda cast: {"token": "nonsense"}),
    Row("people:confirm_email", public(302), _new_address, "POST"),
    Row("people:picture", signed_in(200), _a_picture),
    Row("people:picture", signed_in(404), lambda cast: {"name": "nonsense"}),
    Row("people:welcome", public(200), _link),
    Row("people:welcome", public(404), lambda cast: {"token": "nonsense"}),
]
