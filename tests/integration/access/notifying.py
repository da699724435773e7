"""Access to the routes of `notifying`: everybody has their own."""

from tests.integration.access.table import Row, signed_in

ROWS: list[Row] = [
    Row("notifying:notifications", signed_in(200)),
    Row("notifying:bell", signed_in(200)),
    Row("notifying:read", signed_in(302), method="POST", data=lambda cast: {"upto": "1"}),
]
