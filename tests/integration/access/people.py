"""Access to the routes of `people`."""

from tests.integration.access.table import Row

ROWS: list[Row] = []
