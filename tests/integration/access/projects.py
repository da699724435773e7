"""Access to the routes of `projects`."""

from tests.integration.access.table import Row

ROWS: list[Row] = []
