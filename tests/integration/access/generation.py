"""Access to the routes of `generation`."""

from tests.integration.access.table import Row

ROWS: list[Row] = []
