"""Access to the routes of `notifying`: everybody has their own."""

from studio.notifying.models import Kind, Notification
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, signed_in


def _news(cast: Cast) -> Arguments:
    return {"notification_id": Notification.objects.create(person=cast.viewer, kind=Kind.ROLE_CHANGED).pk}


ROWS: list[Row] = [
    Row("notifying:notifications", signed_in(200)),
    Row("notifying:bell", signed_in(200)),
    Row("notifying:latest", signed_in(200)),
    Row("notifying:read_one", signed_in(404) | {"viewer": 302}, _news, "POST"),
    Row("notifying:read", signed_in(302), method="POST", data=lambda cast: {"upto": "1"}),
]
