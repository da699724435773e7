"""Whatever a provider answers, an adapter gives an outcome that can be kept; it never raises."""

import json
from dataclasses import asdict
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.kit.wire import HttpAnswer
from studio.providers.registry import ADAPTERS
from studio.providers.types import Accepted, Poll, Submission

WORDS = [
    *(
        "task_id",
        "taskId",
        "status",
        "ready",
        "data",
        "images",
        "image",
        "url",
        "b64_json",
        "output",
        "error",
    ),
    *("code", "message", "detail", "description", "content", "choices", "error_code", "loc", "msg", "text"),
    "candidates",
]
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["completed", "failed", "https://a.example/b.png", "\x00", "\ud800"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.fixed_dictionaries(
    {}, optional={"retry-after": st.text(max_size=40), "date": st.text(max_size=40)}
)
STATUSES = st.integers(0, 999) | st.sampled_from([200, 201, 401, 429, 503])
ADAPTER_LIST = st.sampled_from(list(ADAPTERS.values()))

BOMBS = [
    b"[" * 200_000,
    b'{"data":' * 200_000,
    b'{"data":' * 900 + b"1" + b"}" * 900,
    b'{"images":[' * 400 + b"]}" * 400,
    b'{"error":' * 900 + b"1" + b"}" * 900,
    b'{"task_id": ' + b"9" * 10_000 + b"}",
    b'{"status": "completed", "data": {"url": "https://a/\\u0000"}}',
    b'{"error_message": "\\ud800\\u0000"}',
    b'{"task_id": NaN, "status": Infinity}',
    b"\xef\xbb\xbf{}",
    "{}".encode("utf-16"),
]


def assert_can_be_kept(outcome: Any) -> None:
    """Texts go into a database row: no NUL, no lone surrogate, and within the columns' length."""
    for value in asdict(outcome.problem).values() if hasattr(outcome, "problem") else []:
        if isinstance(value, str):
            assert "\x00" not in value
            value.encode()
    if hasattr(outcome, "problem"):
        assert len(outcome.problem.sentence) <= 500
        assert len(outcome.problem.code) <= 80
        assert outcome.problem.sentence
    if isinstance(outcome, Accepted):
        assert len(outcome.task_id) <= 200


@given(ADAPTER_LIST, STATUSES, HEADERS, BODIES)
@example(ADAPTERS["mountsea"], 503, {"retry-after": "Thu, 01 Jan 0001 00:00:00 +9999"}, b"")
def test_any_answer_gives_an_outcome(adapter: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    answer = HttpAnswer(status, headers, body)
    for outcome, kinds in ((adapter.read_submission(answer), Submission), (adapter.read_poll(answer), Poll)):
        assert isinstance(outcome, get_args(kinds))
        assert_can_be_kept(outcome)
    adapter.error_words(answer)
    adapter.read_key_test(answer)


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", BOMBS, ids=range(len(BOMBS)))
def test_bombs_give_an_outcome(slug: str, status: int, body: bytes) -> None:
    answer = HttpAnswer(status, {}, body)
    assert_can_be_kept(ADAPTERS[slug].read_submission(answer))
    assert_can_be_kept(ADAPTERS[slug].read_poll(answer))
