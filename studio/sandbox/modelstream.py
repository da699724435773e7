"""ModelStream: one long POST that answers with the pictures."""

import asyncio
import base64
import time

from studio.sandbox.catalogue import MODELSTREAM, Model
from studio.sandbox.checks import check_input, read_json
from studio.sandbox.desk import Desk
from studio.sandbox.intake import read_call
from studio.sandbox.ledger import Submission
from studio.sandbox.shapes import Json, JsonObject, Refusal, Reply, Request, as_list, as_text, json_reply

_TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
_FAILURES = {
    "failed": (400, "The model failed to make a picture."),
    "timeout": (504, "The model took too long and was stopped."),
    "cancelled": (400, "The call was cancelled by the operator."),
}


def error_reply(error: Refusal) -> Reply:
    """ModelStream's error body."""
    default = "invalid_request_error" if error.status < 500 else "api_error"
    body = {
        "message": error.message,
        "type": _TYPES.get(error.status, default),
        "param": "",
        "code": error.code,
    }
    return json_reply({"error": dict[str, Json](body)}, error.status, error.headers)


class ModelStream:
    """ModelStream's calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_models(self, request: Request) -> Reply:
        self._desk.door.check_key(request.bearer)
        rows: list[Json] = [
            {"id": model.id, "object": "model", "created": 1767225600, "owned_by": model.vendor}
            for model in self._desk.models[MODELSTREAM].values()
        ]
        return json_reply({"object": "list", "data": rows})

    async def generate(self, request: Request) -> Reply:
        secret = self._desk.door.check_key(request.bearer)
        body = read_json(request.body)
        name = as_text(body.get("model"))
        model = self._desk.models[MODELSTREAM].get(name)
        if model is None:
            raise Refusal(404, "model_not_found", f"The model {name[:80]!r} does not exist.")
        values = read_input(model, body)
        check_input(model, values, status=400)
        call = read_call(model, secret, values)
        return await self._desk.take(call, lambda taken: self._wait_and_answer(taken, request.origin))

    async def _wait_and_answer(self, submission: Submission, origin: str) -> Reply:
        if submission.outcome == "pending":
            return Reply(200, manner="hang")
        await asyncio.sleep(max(0.0, submission.finished_at - time.time()))
        if submission.outcome != "completed":
            status, message = _FAILURES[submission.outcome]
            raise Refusal(status, submission.error_code or submission.outcome, message)
        data: list[Json] = [
            await self._picture(submission, index, origin) for index in range(submission.delivered)
        ]
        if not data and "nothing" not in submission.markers:
            data = [{"url": "", "b64_json": "", "revised_prompt": self._desk.words_instead}]
        return json_reply({"created": int(submission.finished_at), "data": data})

    async def _picture(self, submission: Submission, index: int, origin: str) -> JsonObject:
        name = self._desk.file_name(submission, index)
        url, text = f"{origin}/files/{name}", ""
        if submission.is_inline:
            url, text = "", base64.b64encode(await self._desk.darkroom.develop(submission, index)).decode()
        return {"url": url, "b64_json": text, "revised_prompt": submission.prompt}


def read_input(model: Model, body: JsonObject) -> JsonObject:
    """Turn a request body into the input of the model's schema, following the model's `wire` map.

    Whatever is left over is refused, so that a misplaced field can't be mistaken for a sent one.
    """
    rest = {name: value for name, value in body.items() if name != "model"}
    if not model.wire:
        return rest
    values: JsonObject = {}
    for name, places in model.wire.items():
        for place in [places] if isinstance(places, str) else map(as_text, as_list(places)):
            if not place.startswith("messages["):
                _take(rest, place.split("."), name, values)
    if "messages[" in str(model.wire):
        _read_messages(rest.pop("messages", None), values)
    if rest:
        raise Refusal(400, "invalid_input", f"Unknown field: {', '.join(sorted(_name_leaves(rest)))}")
    if "n" not in model.properties and values.pop("n", 1) != 1:
        raise Refusal(400, "invalid_input", "n: this model makes one image per call, so n must be 1")
    return values


def _take(rest: JsonObject, steps: list[str], name: str, values: JsonObject) -> None:
    """Move the value at a dotted place of the body into `values`; drop the shells that it leaves empty."""
    head, *tail = steps
    if head not in rest:
        return
    if not tail:
        values[name] = rest.pop(head)
    elif isinstance(inner := rest[head], dict):
        rest[head] = inner = dict(inner)
        _take(inner, tail, name, values)
        if not inner:
            del rest[head]


def _name_leaves(rest: JsonObject, prefix: str = "") -> list[str]:
    names: list[str] = []
    for name, value in rest.items():
        inner = _name_leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else []
        names += inner or [prefix + name]
    return names


def _read_messages(messages: Json, values: JsonObject) -> None:
    """Read the one user message: its text must be the prompt again, its images are the references."""
    match messages:
        case [{"role": "user", "content": [{"type": "text", "text": str(text), **more}, *images], **other}]:
            if more or other:
                raise Refusal(400, "invalid_input", "messages: unknown field")
        case _:
            raise Refusal(400, "invalid_input", "messages: must be one user message, text first")
    if text != values.get("prompt"):
        raise Refusal(400, "invalid_input", "messages: the text must be the same as prompt")
    if images:
        values["images"] = [_read_image_part(part) for part in images]


def _read_image_part(part: Json) -> Json:
    match part:
        case {"type": "image_url", "image_url": {"url": str(url), **inner}, **outer} if (
            not inner and not outer
        ):
            return url
    raise Refusal(400, "invalid_input", 'messages: images are {"type": "image_url", "image_url": {"url": …}}')
