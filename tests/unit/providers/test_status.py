"""What each HTTP status means for a submission and for a poll: DESIGN's table, line by line."""

import pytest

from studio.kit.wire import HttpAnswer
from studio.providers import status
from studio.providers.registry import ADAPTERS, UnknownProvider, adapter_for
from studio.providers.types import MaybeAccepted, NotAccepted, PollTrouble, Refused
from tests.unit.providers.answers import answer

REFUSED = [300, 301, 302, 307, 308, 400, 403, 404, 405, 406, 410, 413, 415, 418, 422, 425, 431, 451, 499]
MAYBE = [100, 199, 408, 409, 500, 501, 502, 503, 504, 520, 524, 599, 600, 999]


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_is_final_and_keeps_the_providers_words(slug: str, code: int) -> None:
    outcome = adapter_for(slug).read_submission(
        answer({"error": {"code": "bad_size", "message": "size is wrong"}}, code)
    )
    assert isinstance(outcome, Refused)
    assert (outcome.problem.code, outcome.problem.words) == ("bad_size", "size is wrong")
    assert outcome.problem.permanent
    assert "Nothing was charged" in outcome.problem.sentence


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize("code", MAYBE)
def test_an_error_that_leaves_it_open_may_have_been_charged(slug: str, code: int) -> None:
    outcome = adapter_for(slug).read_submission(answer(b"<h1>Bad gateway</h1>", code))
    assert isinstance(outcome, MaybeAccepted)
    assert outcome.problem.maybe_accepted
    assert "may have been charged" in outcome.problem.sentence
    assert outcome.problem.words == "<h1>Bad gateway</h1>"
    assert outcome.problem.code == str(code)


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize(
    ("code", "headers", "key_state", "wait_s"),
    [
        (401, {}, "unauthorised", None),
        (402, {}, "out_of_credit", None),
        (429, {}, "resting", None),
        (429, {"retry_after": "7"}, "resting", 7.0),
        (503, {"retry_after": "30"}, "resting", 30.0),
    ],
)
def test_what_was_certainly_not_accepted(
    slug: str, code: int, headers: dict[str, str], key_state: str, wait_s: float | None
) -> None:
    outcome = adapter_for(slug).read_submission(answer({"message": "no"}, code, **headers))
    assert isinstance(outcome, NotAccepted)
    assert outcome.key_state == key_state
    assert outcome.problem.retry_after_s == wait_s
    assert not outcome.problem.maybe_accepted
    assert "Nothing was charged" in outcome.problem.sentence


def test_503_with_a_retry_after_that_says_nothing_stays_open() -> None:
    outcome = status.read_refusal(answer(status=503, retry_after="soon"), name="X")
    assert isinstance(outcome, MaybeAccepted)


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"true", b"12", b"\xff\xfe", b"<html>", b'{"a":']
)
def test_an_unreadable_2xx_leaves_it_open(slug: str, body: bytes) -> None:
    outcome = adapter_for(slug).read_submission(answer(body, 201))
    assert isinstance(outcome, MaybeAccepted)
    assert "may have been charged" in outcome.problem.sentence


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("12", 12.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("599", 599.0),
        ("601", 600.0),
        ("9" * 400, 600.0),
        ("9" * 401, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90.0),
        ("Fri, 20 Nov 2026 14:01:30 +0200", 90.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2037 11:00:00 GMT", 600.0),
        ("Fri, 20 Nov 99999 11:00:00 GMT", None),
        ("Fri, 99 Nov 2026 11:00:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(text: str, seconds: float | None) -> None:
    assert status.retry_after_s({"retry-after": text, "date": "Fri, 20 Nov 2026 12:00:00 GMT"}) == seconds


def test_a_retry_date_without_the_servers_own_clock_is_read_by_ours() -> None:
    assert status.retry_after_s({"retry-after": "Fri, 20 Nov 2099 11:00:00 GMT"}) == 600.0
    assert status.retry_after_s({"retry-after": "Fri, 20 Nov 1999 11:00:00 GMT", "date": "?"}) == 0.0
    assert status.retry_after_s({}) is None


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"error": {"message": "bad", "type": "invalid", "param": None, "code": None}}, "invalid", "bad"),
        ({"error": {"message": "bad", "code": 1113}}, "1113", "bad"),
        ({"error": "bad"}, "", "bad"),
        ({"message": ["a is wrong", "b is wrong"], "error": "Bad Request"}, "", "a is wrong; b is wrong"),
        ({"message": "bad", "error": "Bad Request"}, "", "bad"),
        ({"detail": "bad", "error_type": "request_timeout"}, "request_timeout", "bad"),
        ({"detail": [{"loc": ["body", "prompt"], "msg": "too short"}]}, "", "body.prompt: too short"),
        ({"detail": {"msg": "bad"}}, "", "bad"),
        ({"error_code": "E1", "error_message": "bad"}, "E1", "bad"),
        ({"error": {"error": {"message": "deep"}}}, "", '{"error": {"error": {"message": "deep"}}}'),
        (["bad", "worse"], "", "bad; worse"),
        ("bad", "", "bad"),
        (b"plain words", "", "plain words"),
        (b"x" * 1000, "", "x" * 300),
        ({"message": "nul\x00 and \ud800"}, "", "nul and ?"),
        ({"message": "x" * 9000}, "", "x" * 2000),
        ({}, "", "{}"),
    ],
)  # fmt: skip
def test_error_words_in_every_known_shape(body: object, code: str, words: str) -> None:
    found = status.error_words(answer(body, 400))
    assert (found.code, found.words) == (code, words)


@pytest.mark.parametrize(
    ("code", "headers", "is_unknown", "key_state"),
    [
        (404, {}, True, "usable"),
        (410, {}, True, "usable"),
        (401, {}, False, "unauthorised"),
        (402, {}, False, "usable"),
        (403, {}, False, "usable"),
        (429, {"retry_after": "5"}, False, "resting"),
        (500, {}, False, "usable"),
        (503, {"retry_after": "5"}, False, "resting"),
        (302, {}, False, "usable"),
    ],
)
def test_trouble_with_a_poll(code: int, headers: dict[str, str], is_unknown: bool, key_state: str) -> None:
    outcome = adapter_for("mountsea").read_poll(answer(b"", code, **headers))
    assert isinstance(outcome, PollTrouble)
    assert outcome.is_unknown_task == is_unknown
    assert outcome.key_state == key_state
    assert outcome.problem.retry_after_s == (5.0 if headers else None)
    assert not outcome.problem.permanent


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (401, "does not accept"),
        (403, "does not accept"),
        (402, "credit"),
        (404, "does not show"),
        (500, "does not"),
    ],
)
def test_a_key_test_says_what_it_shows(slug: str, code: int, says: str) -> None:
    adapter = adapter_for(slug)
    problem = adapter.read_key_test(HttpAnswer(code, {}, b""))
    assert problem is not None
    assert says in problem.sentence
    assert adapter.read_key_test(HttpAnswer(200, {}, b"{}")) is None


@pytest.mark.parametrize("slug", ADAPTERS)
def test_the_key_stays_out_of_everything_that_could_be_logged(slug: str) -> None:
    call = adapter_for(slug).test_key(secret="sk-secret")
    assert call is not None
    assert call.headers["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(call)


def test_an_unknown_provider_is_refused_with_a_sentence() -> None:
    with pytest.raises(UnknownProvider, match="Known: modelstream, mountsea"):
        adapter_for("nobody")
