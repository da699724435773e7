"""Every route for every role. A route without a row in its room's table fails here."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.integration import access
from tests.integration.access.table import ROLES, SIGN_IN, Row

pytestmark = pytest.mark.any_database

TABLES = [
    import_module(f"{access.__name__}.{module.name}")
    for module in iter_modules(access.__path__)
    if not module.name.startswith("test_")
]
ROWS: list[Row] = [row for table in TABLES for row in getattr(table, "ROWS", [])]


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _routes(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(set(_routes(get_resolver()))) == sorted({row.route for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_row_names_every_role(row: Row) -> None:
    assert sorted(row.expected) == sorted(ROLES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_access(row: Row, role: str, cast: Cast) -> None:
    client = _browser_of(role, cast)
    url = reverse(row.route, kwargs=dict(row.kwargs(cast)))
    send = {"GET": client.get, "POST": client.post}[row.method]
    response = send(url, dict(row.data(cast)), headers=dict(row.headers))
    if row.expected[role] == SIGN_IN:
        assert response.status_code == 302
        # A form leads back to its page, which depends on where it stood; a page leads back to itself.
        back = url if row.method == "GET" else ""
        assert response["Location"].startswith(f"{reverse('account_login')}?next={back}")
    else:
        assert response.status_code == row.expected[role]


def _browser_of(role: str, cast: Cast) -> StrictClient:
    if role == "anonymous":
        return cast.client()
    return cast.client(getattr(cast, role))
