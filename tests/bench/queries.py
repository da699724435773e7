"""A list page needs as many queries for twenty rows as for ten."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bench.client import StrictClient


def assert_same_queries(client: StrictClient, url: str, make_rows: Callable[[], object]) -> None:
    """Assert that the page at `url` needs no further query after `make_rows` has added to it.

    `make_rows` is called once before the first visit and once before the second.
    """
    client.get(url)  # what is only asked once (cached content types, the session) is asked now
    make_rows()
    first = _queries(client, url)
    make_rows()
    second = _queries(client, url)
    assert len(second) == len(first), _difference(first, second)


def _queries(client: StrictClient, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, f"{url} answered {response.status_code}"
    return [query["sql"] for query in captured.captured_queries]


def _difference(first: list[str], second: list[str]) -> str:
    more = [sql for sql in second if sql not in first]
    return "\n".join([f"{len(first)} queries became {len(second)}; among the new:", *more[:5]])
