"""One reading of HTTP statuses for all adapters, so that "was it accepted?" is decided in one place.

Only what is certain counts as not accepted: a paid request is repeated automatically for those alone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from studio.kit.wire import HttpAnswer, JsonObject, JsonValue
from studio.providers.types import MaybeAccepted, NotAccepted, PollTrouble, Problem, Refused

RETRY_AFTER_CAP_S = 600.0
_WORDS_LENGTH = 2000
_RAW_WORDS_LENGTH = 300
_CODE_LENGTH = 80
_MOST_CREDITS = 10**15

_REFUSALS = {
    400: "{name} refused the request as it was written. Nothing was charged. Change the prompt or settings.",
    403: "{name} does not allow this request: the key may not use this model, the account is blocked, or the "
    "content is not permitted. Nothing was charged. Change the request, or ask an admin to check the key.",
    404: "{name} does not know this model or address. Nothing was charged. Choose another model, or ask an "
    "admin to check the provider's address.",
    413: "{name} found the request too large. Nothing was charged. Use fewer or smaller reference images.",
    422: "{name} refused one of the settings. Nothing was charged. Change the prompt or the settings.",
}
_REDIRECTED = (
    "{name} answered with a redirect, which is not followed with a key in hand. Nothing was charged. "
    "Ask an admin to check the provider's address."
)
_REFUSED = "{name} refused the request (HTTP {status}). Nothing was charged. Change it and try again."
_UNAUTHORISED = (
    "{name} does not accept this API key, so it has been stopped. Nothing was charged. "
    "The request waits for another key, or for an admin to replace this one."
)
_OUT_OF_CREDIT = (
    "{name} says that this key's credit is used up, so the key has been stopped. Nothing was charged. "
    "The request waits for another key, or for an admin to add credit."
)
_TOO_MANY = "{name} asks to slow down. Nothing was charged. The request will be sent again by itself."
_RESTING = "{name} is busy and asks to wait. Nothing was charged. The request will be sent again by itself."
_MAYBE = (
    "{name} answered with an error (HTTP {status}) that leaves open whether it took the request. It may have "
    "been charged. Send it again, which may be charged twice, or discard it."
)
_UNREADABLE = (
    "{name} answered, but not in a form that Studio can read, so it may have taken the request. It may have "
    "been charged. Send it again, which may be charged twice, or discard it."
)
_UNKNOWN_TASK = "{name} does not know this task, or has forgotten it."
_POLL_UNAUTHORISED = (
    "{name} does not accept this API key, so the result can't be fetched. An admin must check it."
)
_POLL_UNREADABLE = "{name} answered in a form that Studio can't read. It is asked again; asking is free."
_POLL_FAILED = "{name} could not say how the task stands (HTTP {status}). It is asked again; asking is free."


@dataclass(frozen=True, slots=True)
class Words:
    """The provider's own error code and words, cleaned and bounded; empty when it gave none."""

    code: str = ""
    words: str = ""


def parse_json(body: bytes) -> JsonValue:
    """Return the JSON in `body`, or None if there is none that can be read."""
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def clean(value: JsonValue, length: int = _WORDS_LENGTH) -> str:
    """Return a text or number as text that every database and page can hold, at most `length` characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = value[: length * 2] if isinstance(value, str) else json.dumps(value)
    text = text.encode("utf-8", "replace").decode()  # lone surrogates
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).strip()[:length]


def first_text(source: JsonObject, *names: str, length: int = _WORDS_LENGTH) -> str:
    """Return the first of these fields that holds words."""
    return next((text for name in names if (text := clean(source.get(name), length))), "")


def words_of_object(source: JsonObject) -> Words:
    """Read code and words from an error object: OpenAI, NestJS, FastAPI, fal and the Hub's flat fields."""
    inner = source.get("error")
    nested = words_of_object(inner) if isinstance(inner, dict) and "error" not in inner else Words()
    code = nested.code or first_text(
        source, "error_code", "errorCode", "code", "error_type", "type", length=_CODE_LENGTH
    )
    words = (
        nested.words
        or first_text(source, "error_message", "errorMessage", "message", "msg")
        or _joined(source.get("message"))
        or _joined(source.get("detail"))
        or first_text(source, "error")
    )
    return Words(code, words)


def error_words(answer: HttpAnswer) -> Words:
    """Read the provider's code and words from an answer; text that isn't JSON is kept by its beginning."""
    value = parse_json(answer.body)
    if isinstance(value, dict):
        found = words_of_object(value)
        if found.code or found.words:
            return found
    if isinstance(value, str | list) and (text := _joined(value)):
        return Words("", text)
    beginning = answer.body[: _RAW_WORDS_LENGTH * 4].decode("utf-8", "replace")
    return Words("", clean(beginning, _RAW_WORDS_LENGTH))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the wish of a Retry-After header in seconds, from 0 to 600; None if there is none to be read.

    A date is compared with the answer's own Date header where it has one, so that clocks may differ.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[+-]?[0-9]{1,400}(\.[0-9]{0,40})?", text):
        seconds = float(text)
    else:
        until, since = _date(text), _date(headers.get("date", "")) or datetime.now(UTC)
        if until is None:
            return None
        seconds = (until - since).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_S)


def read_refusal(answer: HttpAnswer, *, name: str) -> NotAccepted | Refused | MaybeAccepted | None:
    """Say what an error status means for a submission; None for 2xx, whose body the adapter reads."""
    status, wait_s = answer.status, retry_after_s(answer.headers)
    if 200 <= status < 300:
        return None
    if status == 401:
        return NotAccepted(_problem(answer, _UNAUTHORISED, name), key_state="unauthorised")
    if status == 402:
        return NotAccepted(_problem(answer, _OUT_OF_CREDIT, name), key_state="out_of_credit")
    if status == 429 or (status == 503 and wait_s is not None):
        sentence = _TOO_MANY if status == 429 else _RESTING
        return NotAccepted(
            replace(_problem(answer, sentence, name), retry_after_s=wait_s), key_state="resting"
        )
    if status not in (408, 409) and 300 <= status < 500:
        sentence = _REDIRECTED if status < 400 else _REFUSALS.get(status, _REFUSED)
        return Refused(replace(_problem(answer, sentence, name), permanent=True))
    return MaybeAccepted(replace(_problem(answer, _MAYBE, name), maybe_accepted=True, retry_after_s=wait_s))


def unreadable_submission(answer: HttpAnswer, *, name: str) -> MaybeAccepted:
    """Say that a 2xx could not be understood: the provider may well have accepted the work."""
    return MaybeAccepted(replace(_problem(answer, _UNREADABLE, name), maybe_accepted=True))


def read_poll_trouble(answer: HttpAnswer, *, name: str) -> PollTrouble | None:
    """Say what an error status means for a poll, which is free and may be repeated; None for 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in (404, 410):
        return PollTrouble(_problem(answer, _UNKNOWN_TASK, name), is_unknown_task=True)
    if status == 401:
        return PollTrouble(_problem(answer, _POLL_UNAUTHORISED, name), key_state="unauthorised")
    wait_s = retry_after_s(answer.headers)
    problem = replace(_problem(answer, _POLL_FAILED, name), retry_after_s=wait_s)
    is_resting = status == 429 or (status == 503 and wait_s is not None)
    return PollTrouble(problem, key_state="resting" if is_resting else "usable")


def unreadable_poll(answer: HttpAnswer, *, name: str) -> PollTrouble:
    """Say that a 2xx to a poll could not be understood."""
    return PollTrouble(_problem(answer, _POLL_UNREADABLE, name))


def read_key_test(answer: HttpAnswer, *, name: str) -> Problem | None:
    """Say what the answer to a key test shows; None if the key works."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        sentence = "{name} does not accept this key. Check that it was copied whole and is still valid."
        return replace(_problem(answer, sentence, name), permanent=True)
    if status == 402:
        return _problem(answer, "{name} knows the key, but its credit is used up.", name)
    return _problem(
        answer, "{name} answered with HTTP {status}; that does not show whether the key works.", name
    )


def read_balance(answer: HttpAnswer, name: str) -> int | None:
    """Return the whole number that an account's answer has under this name, in whole units; None if there is none."""
    value = parse_json(answer.body) if 200 <= answer.status < 300 else None
    holder = value.get("data") if isinstance(value, dict) and name not in value else value
    given = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < _MOST_CREDITS:
        return None
    return int(given)


def _problem(answer: HttpAnswer, sentence: str, name: str) -> Problem:
    found = error_words(answer)
    return Problem(
        sentence.format(name=name, status=answer.status),
        code=found.code or str(answer.status),
        words=found.words,
    )


def _joined(value: JsonValue) -> str:
    """Join the texts of a list of errors (FastAPI's `detail`, NestJS's `message`), or return the one text."""
    if isinstance(value, dict):
        return first_text(value, "msg", "message", "detail")
    if isinstance(value, list):
        return "; ".join(text for entry in value[:10] if (text := _of_entry(entry)))[:_WORDS_LENGTH]
    return clean(value)


def _of_entry(entry: JsonValue) -> str:
    if not isinstance(entry, dict):
        return clean(entry, _RAW_WORDS_LENGTH)
    words, place = first_text(entry, "msg", "message"), entry.get("loc")
    if words and isinstance(place, list) and place:
        return f"{'.'.join(clean(part, 60) for part in place[:6])}: {words}"
    return words


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
