"""Access to one's own account: everybody has their own."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, signed_in
from tests.pictures import encode


def _a_file(cast: Cast) -> Arguments:
    return {"picture": SimpleUploadedFile("me.png", encode(), "image/png")}


ROWS: list[Row] = [
    Row("account:profile", signed_in(200)),
    Row("account:profile", signed_in(302), method="POST", data=lambda cast: {"name": "Ada"}),
    Row("account:picture", signed_in(302), method="POST", data=_a_file),
    Row("account:picture_remove", signed_in(302), method="POST"),
    Row("account:email", signed_in(302), method="POST", data=lambda cast: {"email": "new@example.com"}),
    Row("account:email_forget", signed_in(302), method="POST"),
    # Without a provider there is nothing to link.
    Row("account:company_link", signed_in(404), method="POST"),
    Row("account:company_unlink", signed_in(404), method="POST"),
    Row("account:mail", signed_in(302), method="POST", data=lambda cast: {"kind": "finished"}),
    Row("account:sessions", signed_in(200)),
    Row("account:sessions_end", signed_in(302), method="POST"),
    # Of somebody else's place nobody learns whether there is one.
    Row("account:session_end", signed_in(302), lambda cast: {"place_id": 1}, "POST"),
]
