"""Access to the company's sign-in. Without a provider, as here, none of it exists; with one, its own tests ask."""

from tests.integration.access.table import Row, public, signed_in

ROWS = [
    Row("company:sign_in", public(404), method="POST"),
    Row("company:callback", public(404)),
    Row("company:confirm", signed_in(404)),
    Row("company:confirm", signed_in(404), method="POST"),
]
