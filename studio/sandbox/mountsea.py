"""Mountsea Hub: models, submissions, tasks and credits."""

import base64
import time
from datetime import UTC, datetime

from studio.sandbox.catalogue import HUB, Model
from studio.sandbox.checks import check_input, read_json
from studio.sandbox.desk import Desk, media_type
from studio.sandbox.intake import fingerprint, read_call
from studio.sandbox.ledger import Submission
from studio.sandbox.shapes import Json, JsonObject, Refusal, Reply, Request, as_object, as_text, json_reply

CREDITS = 10_000
CREDITS_PER_CALL = 10
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
}
_REASONS |= {413: "Payload Too Large", 422: "Unprocessable Entity", 429: "Too Many Requests"}


def error_reply(error: Refusal) -> Reply:
    """The Hub's error body."""
    body: JsonObject = {
        "statusCode": error.status,
        "message": error.message,
        "error": _REASONS.get(error.status, "Internal Server Error"),
        "code": error.code,
    }
    return json_reply(body, error.status, error.headers)


class MountseaHub:
    """The Hub's calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_models(self, request: Request) -> Reply:
        self._desk.door.check_key(request.bearer)
        capability = request.query.get("capability")
        models = [_describe(model) for model in self._desk.models[HUB].values()]
        return json_reply(
            {"models": [model for model in models if capability in (None, "", model["capability"])]}
        )

    async def show_model(self, request: Request, model: str) -> Reply:
        self._desk.door.check_key(request.bearer)
        found = self._find_model(model)
        return json_reply({**_describe(found), "input_schema": found.input_schema, "example": found.example})

    async def submit(self, request: Request) -> Reply:
        secret = self._desk.door.check_key(request.bearer)
        body = read_json(request.body)
        if unknown := body.keys() - {"model", "input"}:
            raise Refusal(422, "invalid_input", f"Unknown field: {', '.join(sorted(unknown))}")
        model = self._find_model(as_text(body.get("model")))
        if not isinstance(body.get("input"), dict):
            raise Refusal(422, "invalid_input", "input: must be an object")
        values = as_object(body["input"])
        check_input(model, values, status=422)
        return await self._desk.take(read_call(model, secret, values), self._answer_accepted)

    async def _answer_accepted(self, submission: Submission) -> Reply:
        model = self._desk.models[HUB][submission.model]
        group = submission.markers.text("sametask")
        first = self._desk.ledger.first_with("sametask", group) if group else None
        return json_reply(
            {
                "task_id": first.id if first else submission.id,
                "status": submission.status(time.time()),
                "capability": model.capability,
                "model": model.id,
                "vendor": model.vendor,
                "mode": model.mode,
                "created_at": datetime.fromtimestamp(submission.submitted_at, UTC).isoformat(),
            }
        )

    async def show_task(self, request: Request, task_id: str) -> Reply:
        secret = self._desk.door.check_key(request.bearer)
        submission = self._desk.ledger.find(task_id)
        if submission is None or submission.provider != HUB or submission.key != fingerprint(secret):
            raise Refusal(404, "task_not_found", "There is no such task.")
        submission.polls += 1
        return self._desk.tell(submission, json_reply(await self._describe_task(submission, request.origin)))

    async def _describe_task(self, submission: Submission, origin: str) -> JsonObject:
        now = time.time()
        status = submission.status(now)
        task: JsonObject = {
            "task_id": submission.id,
            "status": status,
            "ready": submission.is_over(now),
            "model": submission.model,
            "elapsed_ms": int(1000 * (min(now, submission.finished_at) - submission.submitted_at)),
        }
        words = [word for word in submission.markers.text("says").split(".") if word]
        if submission.polls <= len(words):
            return {**task, "status": words[submission.polls - 1], "ready": False}
        if status == "completed":
            task["data"] = await self._describe_result(submission, origin)
        elif submission.is_over(now):
            task |= _describe_failure(submission)
        return task

    async def _describe_result(self, submission: Submission, origin: str) -> JsonObject:
        submission.tellings += 1
        images: list[Json] = [
            await self._image(submission, index, origin) for index in range(submission.delivered)
        ]
        if "nothing" in submission.markers:
            return {"images": []}
        words = f"A sandbox picture, seed {submission.seed}." if images else self._desk.words_instead
        return {"images": images, "description": words}

    async def _image(self, submission: Submission, index: int, origin: str) -> JsonObject:
        kind, name = media_type(submission.format), self._desk.file_name(submission, index)
        # Each telling has addresses of its own, as signed ones are.
        url, size_bytes = (
            f"{origin}/files/{name}?told={submission.tellings}",
            self._desk.darkroom.peek_size_bytes(submission, index),
        )
        if submission.is_inline:
            raw = await self._desk.darkroom.develop(submission, index)
            url, size_bytes = f"data:{kind};base64,{base64.b64encode(raw).decode()}", len(raw)
        return {
            "url": url,
            "content_type": kind,
            "file_name": name,
            "file_size": size_bytes,
            "width": submission.width,
            "height": submission.height,
        }

    async def show_credits(self, request: Request) -> Reply:
        secret = self._desk.door.check_key(request.headers.get("x-api-key", ""))
        spent = CREDITS_PER_CALL * self._desk.ledger.charged_calls(fingerprint(secret), time.time())
        return json_reply({"credits": 0 if "empty" in secret else max(0, CREDITS - spent)})

    def _find_model(self, name: str) -> Model:
        model = self._desk.models[HUB].get(name)
        if model is None:
            raise Refusal(404, "model_not_found", f"There is no model {name[:80]!r}.")
        return model


def _describe(model: Model) -> JsonObject:
    return {
        "id": model.id,
        "model": model.id,
        "name": model.name,
        "vendor": model.vendor,
        "mode": model.mode,
        "capability": model.capability,
        "description": model.description,
    }


def _describe_failure(submission: Submission) -> JsonObject:
    messages = {
        "timeout": ("timeout", "The model took too long and was stopped."),
        "cancelled": ("cancelled", "The task was cancelled by the operator."),
    }
    refused = "The picture was refused by the content policy."
    is_refused = submission.error_code == "content_policy_violation"
    failed = refused if is_refused else "The model failed to make a picture."
    code, message = messages.get(submission.outcome, (submission.error_code, failed))
    return {"error_code": code, "error_message": message}
