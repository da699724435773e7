"""Mountsea Hub: submit, then poll until the task is over. https://docs.mountsea.ai/api-reference/hub/image

Not documented and therefore read in every plausible form: the result's shape, the error bodies, and whether
the id is called `task_id` (English pages) or `taskId` (Chinese pages). Only completed tasks are charged
(https://docs.mountsea.ai/api-reference/hub/introduction).
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from studio.kit.wire import HttpAnswer, HttpCall, JsonObject, JsonValue
from studio.providers import listing, status
from studio.providers.results import read_files, read_text
from studio.providers.types import (
    Accepted,
    Failed,
    Finished,
    ListedModel,
    ModelDetail,
    Pending,
    Poll,
    Problem,
    Submission,
    SubmitRequest,
)

# https://docs.mountsea.ai/api-reference/usage; that the Hub's key is the account's is by its wording.
_ACCOUNT_URL = "https://dk.mountsea.ai"
# The Hub says completed and cancelled; its sister API, /ms/v1, says succeeded and canceled.
_COMPLETED = {"completed", "complete", "succeeded", "success"}
_ENDINGS = {
    "failed": "Mountsea could not make the image. Failed tasks are not charged. Try again or change it.",
    "timeout": "Mountsea gave up: the model took too long. Such tasks are not charged. Try again.",
    "cancelled": "The task was cancelled at Mountsea. Cancelled tasks are not charged.",
}
_SPELLINGS = {"canceled": "cancelled", "error": "failed", "failure": "failed", "timed_out": "timeout"}
_ODD_END = (
    "Mountsea ended the task in a way that Studio does not know ({word}) and gave no image. It may have been "
    "charged. Look at the account's usage log before trying again."
)


class MountseaHub:
    """The adapter of Mountsea Hub's image models."""

    slug = "mountsea"
    name = "Mountsea"
    default_base_url = "https://api.mountsea.ai"
    is_synchronous = False

    def submit(self, request: SubmitRequest, *, secret: str) -> HttpCall:
        # With sync_mode the answer is a data URI and nothing is left to fetch again: always off.
        given: JsonObject = {name: value for name, value in request.input.items() if name != "sync_mode"}
        body: JsonObject = {"model": request.model, "input": given}
        return HttpCall("POST", "/hub/v1/image", headers=_headers(secret), json=body)

    def read_submission(self, answer: HttpAnswer) -> Submission:
        if (refusal := status.read_refusal(answer, name=self.name)) is not None:
            return refusal
        task = _task(status.parse_json(answer.body))
        if task is not None and (task_id := _task_id(task)):
            return Accepted(task_id)
        if task is not None and _word(task) in _COMPLETED and _has_files(task):
            return _finished(task)
        return status.unreadable_submission(answer, name=self.name)

    def poll(self, task_id: str, *, secret: str) -> HttpCall:
        return HttpCall("GET", f"/hub/v1/tasks/{quote(task_id, safe='')}", headers=_headers(secret))

    def read_poll(self, answer: HttpAnswer) -> Poll:
        if (trouble := status.read_poll_trouble(answer, name=self.name)) is not None:
            return trouble
        task = _task(status.parse_json(answer.body))
        if task is None:
            return status.unreadable_poll(answer, name=self.name)
        word = _word(task)
        if word in _COMPLETED:
            return _finished(task)
        if word in _ENDINGS:  # final whatever `ready` says: the documents leave it open
            return Failed(_problem(task, _ENDINGS[word], word))
        if task.get("ready") is True:
            return _finished(task) if _has_files(task) else _odd_end(task, word)
        return Pending(word) if word else status.unreadable_poll(answer, name=self.name)

    def test_key(self, *, secret: str) -> HttpCall:
        return self.list_models(secret=secret)

    def read_key_test(self, answer: HttpAnswer) -> Problem | None:
        return status.read_key_test(answer, name=self.name)

    def balance(self, *, secret: str, base_url: str) -> HttpCall:
        """Ask the account's own host, but with another base address (a proxy, the sandbox) nobody but that one."""
        is_own = base_url.rstrip("/") == self.default_base_url
        host = _ACCOUNT_URL if is_own else ""
        return HttpCall("GET", f"{host}/api-user/credits", headers={"X-API-Key": secret})

    def read_balance(self, answer: HttpAnswer) -> int | None:
        return status.read_balance(answer, "credits")

    def list_models(self, *, secret: str) -> HttpCall:
        return HttpCall("GET", "/hub/v1/models?capability=image", headers=_headers(secret))

    def read_model_list(self, answer: HttpAnswer) -> tuple[ListedModel, ...] | Problem:
        return listing.read_model_list(answer, name=self.name, capability="image")

    def model_detail(self, slug: str, *, secret: str) -> HttpCall:
        return HttpCall("GET", f"/hub/v1/models/{quote(slug, safe='')}", headers=_headers(secret))

    def read_model_detail(self, answer: HttpAnswer) -> ModelDetail | Problem:
        return listing.read_model_detail(answer, name=self.name)

    def error_words(self, answer: HttpAnswer) -> Mapping[str, str]:
        found = status.error_words(answer)
        return {"code": found.code, "words": found.words}


def _headers(secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _task(value: JsonValue) -> JsonObject | None:
    """Return the task object, also from inside an envelope such as {"code": 200, "data": {…}}."""
    if not isinstance(value, dict):
        return None
    inner = value.get("data")
    if not isinstance(inner, dict) or _task_id(value):
        return value
    return inner if _task_id(inner) or (_word(inner) and not _word(value)) else value


def _task_id(task: JsonObject) -> str:
    """Return the task's id if it is one that can be kept and asked for, as it was given."""
    given = task.get("task_id") or task.get("taskId")
    text = str(given) if type(given) in (str, int) else ""
    return text if re.fullmatch(r"[A-Za-z0-9_.:~+=@-]{1,200}", text) and text.strip(".") else ""


def _word(task: JsonObject) -> str:
    given = task.get("status")
    word = status.clean(given, 40).lower() if isinstance(given, str) else ""  # an envelope's may be a number
    return _SPELLINGS.get(word, word)


def _has_files(task: JsonObject) -> bool:
    return bool(read_files(_output(task)))


def _output(task: JsonObject) -> JsonValue:
    """Return the model's output: `data` at the Hub, `output` or `result` at Mountsea's other doors."""
    return next((value for key in ("data", "output", "result", "images") if (value := task.get(key))), None)


def _finished(task: JsonObject) -> Finished:
    output = _output(task)
    words = read_text(output) or status.words_of_object(task).words
    return Finished(read_files(output), words)


def _odd_end(task: JsonObject, word: str) -> Failed:
    return Failed(_problem(task, _ODD_END.format(word=word or "no status"), word), is_charged=True)


def _problem(task: JsonObject, sentence: str, word: str) -> Problem:
    found = status.words_of_object(task)
    words = found.words or read_text(_output(task))
    return Problem(sentence, code=found.code or word, words=words, permanent=True)
