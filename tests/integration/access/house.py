"""Access to what belongs to no room."""

from tests.integration.access.table import Row, public

# No worker has given a sign of life in these tests, so Studio isn't ready, and says so to everybody.
# The figures are for whoever sits on this machine, as these tests do.
ROWS: list[Row] = [Row("healthz", public(200)), Row("readyz", public(503)), Row("metrics", public(200))]
