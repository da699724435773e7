"""Access to the sign-in and to one-time links."""

from django.core.files.uploadedfile import SimpleUploadedFile

from studio.people.actions import make_password_link
from studio.people.email_change import ask_for_email, token_of
from studio.people.pictures import set_picture
from tests.cast import Cast
from tests.factories import UserFactory
from tests.factors import give_app, give_passkey
from tests.integration.access.table import ROLES, Arguments, Row, public, signed_in
from tests.pictures import encode


def _link(cast: Cast) -> Arguments:
    return {"token": make_password_link(person=UserFactory(), by=None)}


def _new_address(cast: Cast) -> Arguments:
    return {"token": token_of(ask_for_email(email="new@example.com", site="http://here", by=cast.viewer))}


def _a_picture(cast: Cast) -> Arguments:
    set_picture(file=SimpleUploadedFile("me.png", encode(), "image/png"), by=cast.viewer)
    return {"name": cast.viewer.picture}


def _an_app(cast: Cast) -> Arguments:
    for person in cast.present:
        give_app(person)
    return {}


def _a_passkey(cast: Cast) -> Arguments:
    return {"pk": give_passkey(cast.viewer).pk}


def _no_code(cast: Cast) -> Arguments:
    return {"code": "none"}


# A passkey is its owner's alone.
OWNERS = signed_in(404) | {"viewer": 200}
# Whoever is signed in has no business on the pages of the sign-in.
GUESTS = dict.fromkeys(ROLES, 302) | {"anonymous": 200, "deactivated": 200}

ROWS = [
    Row("account_login", GUESTS),
    Row("account_signup", GUESTS),
    Row("account_inactive", public(200)),
    Row("account_logout", signed_in(200) | {"anonymous": 302, "deactivated": 302}),
    Row("account_change_password", signed_in(200)),
    Row("account_set_password", signed_in(302)),
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
    Row("mfa_index", signed_in(200)),
    # Who isn't between password and second factor begins at the beginning.
    Row("mfa_authenticate", public(302)),
    Row("mfa_authenticate", public(302), method="POST", data=_no_code),
    Row("mfa_cancel", public(302), method="POST"),
    # Without a factor one confirms with the password.
    Row("mfa_reauthenticate", signed_in(302)),
    Row("mfa_reauthenticate", signed_in(200), _an_app, "POST", _no_code),
    Row("mfa_activate_totp", signed_in(200)),
    Row("mfa_activate_totp", signed_in(200), method="POST", data=_no_code),
    Row("mfa_deactivate_totp", signed_in(404)),
    Row("mfa_deactivate_totp", signed_in(200), _an_app),
    Row("mfa_deactivate_totp", signed_in(302), _an_app, "POST"),
    Row("mfa_view_recovery_codes", signed_in(404)),
    Row("mfa_view_recovery_codes", signed_in(200), _an_app),
    Row("mfa_view_recovery_codes", signed_in(200), _an_app, "POST"),
    Row("mfa_generate_recovery_codes", signed_in(200)),
    Row("mfa_generate_recovery_codes", signed_in(302), _an_app, "POST"),
    Row("mfa_login_webauthn", public(302)),
    Row("mfa_login_webauthn", public(302), method="POST", data=_no_code),
    Row("mfa_reauthenticate_webauthn", signed_in(302)),
    Row("mfa_add_webauthn", signed_in(200)),
    Row("mfa_add_webauthn", signed_in(200), method="POST", data=_no_code),
    Row("mfa_edit_webauthn", OWNERS, _a_passkey),
    Row(
        "mfa_edit_webauthn",
        signed_in(404) | {"viewer": 302},
        _a_passkey,
        "POST",
        lambda cast: {"name": "Key"},
    ),
    Row("mfa_remove_webauthn", OWNERS, _a_passkey),
    Row("mfa_remove_webauthn", signed_in(404) | {"viewer": 302}, _a_passkey, "POST"),
]
