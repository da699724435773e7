"""Every route for every role. A route without a row in its room's table fails here."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.core.cache import caches
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import Cast
from tests.integration import access
from tests.integration.access.table import ROLES, SIGN_IN, Row, nothing, the_project
from tests.tables import table_rows

pytestmark = pytest.mark.any_database

# No row has this id.
NOBODYS = 10**9
# Here a page says more: another admin may have decided about a difference, a session may have ended by itself.
GENTLER = {"proposal_id": 409, "place_id": 302}
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


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_access(row: Row, cast: Cast) -> None:
    """Send a row's request as each role; what one of them did is undone before the next."""
    got: dict[str, int | str] = {}
    # Before anything is undone.
    assert cast.guest.is_guest
    for role in ROLES:
        with undone():
            got[role] = _answer(row, role, cast)
    assert got == dict(row.expected)


@pytest.mark.parametrize("row", [row for row in ROWS if row.kwargs not in (nothing, the_project)], ids=str)
def test_what_belongs_elsewhere_is_not_there(row: Row, cast: Cast) -> None:
    """Ask for a child under another project's address, and for one that never was: 404, and nothing changes."""
    with undone():
        kwargs = dict(row.kwargs(cast))
        children = [name for name in kwargs if name.endswith("_id")]
        asked = [{**kwargs, name: NOBODYS} for name in children]
        if children and kwargs.get("slug") == cast.project.slug:
            asked.append({**kwargs, "slug": cast.team_project.slug})
        data, client, before = dict(row.data(cast)), cast.client(cast.admin), table_rows()
        for wrong in asked:
            send = {"GET": client.get, "POST": client.post}[row.method]
            answer = send(reverse(row.route, kwargs=wrong), data, headers=dict(row.headers))
            expected = next((GENTLER[name] for name in wrong if name in GENTLER), 404)
            assert answer.status_code == expected, wrong
        assert table_rows() == before


def test_to_a_guest_no_other_project_exists(cast: Cast) -> None:
    """Ask every address below a project with that of one that is open to the whole team."""
    client, reached = cast.client(cast.guest), []
    for row in ROWS:
        with undone():
            kwargs = dict(row.kwargs(cast))
            if kwargs.get("slug") != cast.project.slug:
                continue
            url = reverse(row.route, kwargs={**kwargs, "slug": cast.team_project.slug})
            send = {"GET": client.get, "POST": client.post}[row.method]
            response = send(url, dict(row.data(cast)), headers=dict(row.headers))
            if response.status_code != 404:
                reached.append(f"{row}: {response.status_code}")
    assert reached == []


def _answer(row: Row, role: str, cast: Cast) -> int | str:
    """Return the status of the answer, or that it leads to the sign-in and from there back."""
    client = cast.client() if role == "anonymous" else cast.client(getattr(cast, role))
    url = reverse(row.route, kwargs=dict(row.kwargs(cast)))
    send = {"GET": client.get, "POST": client.post}[row.method]
    response = send(url, dict(row.data(cast)), headers=dict(row.headers))
    # A form leads back to its page, which depends on where it stood; a page leads back to itself.
    back = url if row.method == "GET" else ""
    sign_in = f"{reverse('account_login')}?next={back}"
    if response.status_code == 302 and response["Location"].startswith(sign_in):
        return SIGN_IN
    return response.status_code


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    # It may remember rows whose ids will be given again.
    caches["process"].clear()
