"""Access to the routes of `gallery`."""

from tests.integration.access.table import Row

ROWS: list[Row] = []
