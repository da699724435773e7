"""Access to what belongs to no room."""

from tests.integration.access.table import Row, public

ROWS: list[Row] = [Row("healthz", public(200))]
