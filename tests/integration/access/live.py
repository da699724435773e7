"""Access to the routes of `live`."""

from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, seers, signed_in


def of_the_project(cast: Cast) -> Arguments:
    return {"project": cast.project.pk, "cursor": 0}


ROWS: list[Row] = [
    # What it tells depends on its reader: tests/integration/live.
    Row("live:stream", signed_in(200)),
    Row("live:changes", seers(200), data=of_the_project),
    Row("live:changes", signed_in(200)),
    Row("live:changes", signed_in(404), data=lambda cast: {"project": "nonsense"}),
]
