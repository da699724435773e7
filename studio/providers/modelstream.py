"""ModelStream: one long POST that answers with the images. https://modelstream.ai/docs/api/createImage

A form field is not always a body key: the Gemini family (NB2, NBP) wants the prompt twice and the thinking
level three deep. That references travel as `image_url` parts of the message and that `gweb_search` stands at
the top level are guesses; the `wire` of the catalogue's data files says the same, and a test compares both.
"""

from collections.abc import Mapping

from studio.kit.wire import HttpAnswer, HttpCall, JsonObject, JsonValue
from studio.providers import status
from studio.providers.results import read_files, read_text
from studio.providers.types import Finished, Poll, PollTrouble, Problem, Submission, SubmitRequest

_CHAT_MODELS = {"NB2", "NBP"}
# NB2's documented body has `n`, and no other number than 1 is allowed in it; NBP's page doesn't name it.
_COUNTED_MODELS = {"NB2"}
_RESULT_KEYS = ("data", "images", "candidates", "choices")


class ModelStream:
    """The adapter of ModelStream's image models."""

    slug = "modelstream"
    name = "ModelStream"
    default_base_url = "https://api.modelstream.ai"
    is_synchronous = True

    def submit(self, request: SubmitRequest, *, secret: str) -> HttpCall:
        is_chat = request.model in _CHAT_MODELS
        body = _chat_body(request) if is_chat else {**request.input, "model": request.model}
        return HttpCall("POST", "/v1/images/generations", headers=_headers(secret), json=body)

    def read_submission(self, answer: HttpAnswer) -> Submission:
        if (refusal := status.read_refusal(answer, name=self.name)) is not None:
            return refusal
        value = status.parse_json(answer.body)
        if files := read_files(value):
            return Finished(files, read_text(value))
        if isinstance(value, dict) and any(isinstance(value.get(key), list) for key in _RESULT_KEYS):
            return Finished((), read_text(value) or status.words_of_object(value).words)
        return status.unreadable_submission(answer, name=self.name)

    def poll(self, task_id: str, *, secret: str) -> HttpCall:
        raise TypeError("ModelStream answers at once; there is no task to ask for")

    def read_poll(self, answer: HttpAnswer) -> Poll:
        return PollTrouble(Problem("ModelStream has no tasks that could be asked for."), is_unknown_task=True)

    def test_key(self, *, secret: str) -> HttpCall:
        # Not documented; its gateway software has this call, and any answer but 401 and 403 decides nothing.
        return HttpCall("GET", "/v1/models", headers=_headers(secret))

    def read_key_test(self, answer: HttpAnswer) -> Problem | None:
        return status.read_key_test(answer, name=self.name)

    def balance(self, *, secret: str, base_url: str) -> None:
        return None  # none is documented

    def read_balance(self, answer: HttpAnswer) -> None:
        return None

    def error_words(self, answer: HttpAnswer) -> Mapping[str, str]:
        found = status.error_words(answer)
        return {"code": found.code, "words": found.words}


def _headers(secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _chat_body(request: SubmitRequest) -> JsonObject:
    """Write the body of the Gemini family, which gives one image a call."""
    fields = dict(request.input)
    prompt = fields.pop("prompt", "")
    images = fields.pop("images", None)
    thinking_level = fields.pop("thinking_level", None)
    content: list[JsonValue] = [{"type": "text", "text": prompt}]
    if isinstance(images, list):
        content.extend({"type": "image_url", "image_url": {"url": image}} for image in images)
    body: JsonObject = {
        **fields,
        "model": request.model,
        "prompt": prompt,
        "messages": [{"role": "user", "content": content}],
    }
    if request.model in _COUNTED_MODELS:
        body["n"] = 1
    if thinking_level is not None:
        body["extra_body"] = {"g_model": {"thinking_config": {"thinking_level": thinking_level}}}
    return body
