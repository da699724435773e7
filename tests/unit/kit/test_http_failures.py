"""Every error of httpx is mapped to what it means for a paid request."""

import inspect
import ssl

import httpcore
import httpx
import pytest

from studio.kit.http import FAILURES, failure_of

NEVER_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "InvalidURL",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}
ERRORS = sorted(
    (one for _, one in inspect.getmembers(httpx, inspect.isclass) if issubclass(one, Exception)),
    key=lambda one: one.__name__,
)


def make(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    error.args = ("why",)
    return error


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_says_whether_the_request_may_have_been_sent(kind: type[Exception]) -> None:
    error = make(kind)
    assert isinstance(error, tuple(FAILURES)), "would not be caught"
    failure = failure_of(error)
    assert failure.was_sent == (kind.__name__ not in NEVER_SENT)
    assert failure.sentence.endswith(".")
    assert ("Nothing was sent" in failure.sentence) == (not failure.was_sent)
    assert "Mountsea" in failure.about("Mountsea")
    assert "provider" not in failure.about("Mountsea")


def test_every_error_of_the_connections_below_has_a_name_above() -> None:
    below = {
        name for name, one in inspect.getmembers(httpcore, inspect.isclass) if issubclass(one, Exception)
    }
    assert below - {one.__name__ for one in ERRORS} == {"ConnectionNotAvailable"}


@pytest.mark.parametrize("error", [ssl.SSLError("bad record"), OSError("gone"), UnicodeError("odd")])
def test_errors_from_beneath_may_have_been_sent(error: Exception) -> None:
    assert failure_of(error).was_sent
