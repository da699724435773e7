"""Access to the routes of `live`."""

from tests.integration.access.table import Row

ROWS: list[Row] = []
