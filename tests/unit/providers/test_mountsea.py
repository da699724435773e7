"""Mountsea Hub: what is sent, and every answer that its documents (or their gaps) allow."""

from typing import Any

import pytest

from studio.providers.registry import adapter_for
from studio.providers.types import (
    Accepted,
    Failed,
    Finished,
    MaybeAccepted,
    Pending,
    PollTrouble,
    RemoteFile,
    SubmitRequest,
)
from tests.unit.providers.answers import answer, model_file

HUB = adapter_for("mountsea")
TASK = "hub-7b0a8a5e-8a35-4e5f-9d0e-1f6f6b1c9a11"
URL = "https://cdn.example.com/a.png"


def submitted(**changes: Any) -> dict[str, Any]:
    body = {
        "task_id": TASK,
        "status": "pending",
        "capability": "image",
        "model": "nano-banana-2",
        "vendor": "google",
        "mode": "text-to-image",
        "created_at": "2026-11-20T10:00:00Z",
    }
    return body | changes


def polled(status: str, **fields: Any) -> dict[str, Any]:
    return {"task_id": TASK, "status": status, **fields}


def test_the_documented_example_is_sent_as_it_stands() -> None:
    example = model_file("mountsea-hub.nano-banana-2")["example"]
    call = HUB.submit(SubmitRequest("nano-banana-2", example), secret="k")
    assert (call.method, call.path) == ("POST", "/hub/v1/image")
    assert call.headers == {"Authorization": "Bearer k"}
    assert call.json == {"model": "nano-banana-2", "input": example}


def test_sync_mode_is_never_sent() -> None:
    call = HUB.submit(SubmitRequest("nano-banana", {"prompt": "a", "sync_mode": True}), secret="k")
    assert call.json == {"model": "nano-banana", "input": {"prompt": "a"}}


@pytest.mark.parametrize(
    "body",
    [
        submitted(),
        {"taskId": TASK},
        {"code": 200, "data": {"task_id": TASK, "status": "pending"}},
        {"status": 200, "data": {"taskId": TASK}},
        {"status": "success", "data": {"task_id": TASK, "status": "pending"}},
        submitted(status="failed"),
    ],
)
def test_a_submission_is_accepted_under_its_task_id(body: dict[str, Any]) -> None:
    assert HUB.read_submission(answer(body)) == Accepted(TASK)


@pytest.mark.parametrize(
    "task_id", ["", "..", "a/b", "a b", "a\x00b", "x" * 201, None, True, ["a"], "a\n", "a?b"]
)
def test_a_task_id_that_could_not_be_asked_for_is_no_acceptance(task_id: Any) -> None:
    assert isinstance(HUB.read_submission(answer(submitted(task_id=task_id))), MaybeAccepted)


def test_a_submission_answered_with_the_images_themselves() -> None:
    body = {"status": "completed", "data": {"images": [{"url": URL}]}}
    assert HUB.read_submission(answer(body)) == Finished((RemoteFile(url=URL),))


def test_the_poll_asks_for_the_task_by_name() -> None:
    call = HUB.poll(TASK, secret="k")
    assert (call.method, call.path, call.json) == ("GET", f"/hub/v1/tasks/{TASK}", None)
    assert HUB.poll("a/../b", secret="k").path == "/hub/v1/tasks/a%2F..%2Fb"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (polled("pending", ready=False), "pending"),
        (polled("processing"), "processing"),
        (polled("ready", ready=False), "ready"),
        (polled("assigned"), "assigned"),
        (polled("PROCESSING"), "processing"),
        ({"data": polled("processing")}, "processing"),
    ],
)
def test_a_task_that_is_not_over(body: dict[str, Any], word: str) -> None:
    assert HUB.read_poll(answer(body)) == Pending(word)


@pytest.mark.parametrize(
    "body",
    [
        polled(
            "completed", ready=True, data={"images": [{"url": URL, "content_type": None}]}, elapsed_ms=9000
        ),
        polled("completed", ready=False, data={"images": [{"url": URL}]}),
        polled("succeeded", output={"images": [{"url": URL}]}),
        polled("completed", data={"output": {"images": [URL]}}),
        polled("completed", data={"data": {"images": [{"url": URL}]}}),
        polled("completed", data=[{"url": URL}]),
        polled("completed", data=[URL]),
        polled("completed", data={"image": {"url": URL}}),
        polled("completed", data={"url": URL}),
        polled("completed", data=URL),
        polled("done", ready=True, data={"images": [{"url": URL}]}),
        {"ready": True, "data": {"images": [{"url": URL}]}},
        {"data": polled("completed", data={"images": [{"url": URL}]})},
    ],
)
def test_a_completed_task_gives_its_files(body: dict[str, Any]) -> None:
    assert HUB.read_poll(answer(body)) == Finished((RemoteFile(url=URL),))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"images": [], "description": "I can't draw that."}, "I can't draw that."),
        ({"images": None}, ""),
        (None, ""),
        ({"text": "No."}, "No."),
        ({"candidates": [{"finishReason": "IMAGE_SAFETY"}]}, "IMAGE_SAFETY"),
    ],
)
def test_completed_without_an_image_keeps_the_words(data: Any, text: str) -> None:
    assert HUB.read_poll(answer(polled("completed", ready=True, data=data))) == Finished((), text)


def test_completed_without_data_falls_back_to_the_tasks_own_words() -> None:
    body = polled("completed", error_message="content policy")
    assert HUB.read_poll(answer(body)) == Finished((), "content policy")


@pytest.mark.parametrize("ready", [True, False, None])
@pytest.mark.parametrize("word", ["failed", "timeout", "cancelled", "canceled", "error", "FAILED"])
def test_terminal_statuses_are_final_whatever_ready_says_and_cost_nothing(
    word: str, ready: bool | None
) -> None:
    body = polled(word, ready=ready, error_code="content_policy", error_message="Not that.")
    outcome = HUB.read_poll(answer(body))
    assert isinstance(outcome, Failed)
    assert not outcome.is_charged
    assert "not charged" in outcome.problem.sentence
    assert (outcome.problem.code, outcome.problem.words) == ("content_policy", "Not that.")


def test_a_failure_without_words_keeps_the_status_as_its_code() -> None:
    outcome = HUB.read_poll(answer(polled("timeout")))
    assert isinstance(outcome, Failed)
    assert (outcome.problem.code, outcome.problem.words) == ("timeout", "")


def test_an_unknown_end_without_an_image_may_have_been_charged() -> None:
    outcome = HUB.read_poll(answer(polled("evaporated", ready=True)))
    assert isinstance(outcome, Failed)
    assert outcome.is_charged
    assert "evaporated" in outcome.problem.sentence


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"<html>", {"task_id": TASK}, {"status": 5}])
def test_a_poll_that_says_nothing_is_asked_again(body: Any) -> None:
    outcome = HUB.read_poll(answer(body))
    assert isinstance(outcome, PollTrouble)
    assert not outcome.is_unknown_task
