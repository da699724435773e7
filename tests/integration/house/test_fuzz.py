"""Nonsense sent to every address: wrong types, huge numbers, broken text and bodies. It is refused, never a failure."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.urls import NoReverseMatch, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.integration.access.table import Row
from tests.integration.access.test_access import ROWS, undone

pytestmark = pytest.mark.any_database

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "9" * 40,
    "-1",
    "0",
    str(2**63),
    "1e309",
    "NaN",
    "-inf",
    "٣",
    "1_000",
    "0.00000000000000000000000000000001",
    "\u202ertl\u200b",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "<script>alert(1)</script>",
    "a\r\nSet-Cookie: a=b",
    "=1+1",
    "a" * 10_000,
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "null",
    "[" * 2000,
    '{"a":' * 500,
    "//elsewhere.example",
    "\ufffe\U0010ffff",
)
# What pages read from their address.
PARAMETERS = (
    "added",
    "after",
    "all",
    "answer",
    "back",
    "before",
    "by",
    "cursor",
    "day",
    "days",
    "digest",
    "for",
    "from",
    "ids",
    "image",
    "is_starred",
    "job",
    "limit",
    "marked",
    "model",
    "new",
    "next",
    "open",
    "page",
    "part",
    "person",
    "project",
    "provider",
    "q",
    "reuse",
    "request",
    "search",
    "show",
    "sort",
    "until",
    "which",
)
IDS = (0, 1, 2**31, 2**63 - 1, 2**63, 10**30)
TYPES = (
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "x/\xff",
    "",
)
DEEP = b"[" * 100_000
PARTS = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % part for part in range(10_000)
)
BODIES = (b"", b"\xff\xfe\x00", b"a=%ff%00&b=%zz&=&&&", DEEP, b'{"a": 1e999}', PARTS + b"--b--\r\n", PARTS)

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    row=st.sampled_from(ROWS),
    who=st.sampled_from(["admin", "admin", "admin", "contributor", "anonymous"]),
    is_htmx=st.booleans(),
    draws=st.data(),
)
def test_nonsense_is_never_a_failure(
    row: Row, who: str, is_htmx: bool, draws: st.DataObject, cast: Cast
) -> None:
    with undone():
        client = cast.client() if who == "anonymous" else cast.client(getattr(cast, who))
        address = _address(row, row.kwargs(cast), draws)
        headers = {**row.headers, **({"HX-Request": "true"} if is_htmx else {})}
        if row.route == "live:stream":
            headers["Last-Event-ID"] = draws.draw(st.sampled_from(["x", "9" * 30, "-1", "1e9"]))
        status = _send(client, row, address, dict(row.data(cast)), headers, draws)
        assert status < 500 or row.route == "readyz"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")


def _address(row: Row, kwargs: Mapping[str, Any], draws: st.DataObject) -> str:
    """Return the row's address, sometimes with another id in it."""
    changed = dict(kwargs)
    if (numbers := [name for name in kwargs if name.endswith("_id")]) and draws.draw(st.booleans()):
        changed[draws.draw(st.sampled_from(numbers))] = draws.draw(st.sampled_from(IDS))
    try:
        return reverse(row.route, kwargs=changed)
    except NoReverseMatch:
        return reverse(row.route, kwargs=dict(kwargs))


def _send(
    client: StrictClient,
    row: Row,
    address: str,
    data: dict[str, Any],
    headers: dict[str, str],
    draws: st.DataObject,
) -> int:
    """Send what the row sends with some of it replaced, or something that isn't a form at all; return the status."""
    if row.method == "GET":
        names = st.sampled_from([*PARAMETERS, *data])
        query = {**data, **draws.draw(st.dictionaries(names, texts, min_size=1, max_size=3))}
        return client.get(address, query, headers=headers).status_code
    if draws.draw(st.integers(0, 3)) == 0:
        body, kind = draws.draw(st.sampled_from(BODIES)), draws.draw(st.sampled_from(TYPES))
        return client.generic("POST", address, body, kind, headers=headers).status_code
    names = st.sampled_from([*data, *PARAMETERS])
    changed = {**data, **draws.draw(st.dictionaries(names, texts | st.lists(texts, max_size=3), min_size=1))}
    for name in draws.draw(st.lists(st.sampled_from(sorted(changed)), max_size=1)):
        del changed[name]
    if draws.draw(st.booleans()):
        return client.post(address, changed, headers=headers).status_code
    return client.generic(
        "POST", address, json.dumps(changed, default=str), "application/json", headers=headers
    ).status_code
