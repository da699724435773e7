"""ModelStream: bodies as the data files describe them, and answers with links or bytes."""

import re
from typing import Any

import pytest

from studio.providers.registry import adapter_for
from studio.providers.types import Finished, MaybeAccepted, PollTrouble, RemoteFile, SubmitRequest
from tests.unit.providers.answers import CATALOG_DATA, answer, model_file

STREAM = adapter_for("modelstream")
URL = "https://cdn.example.com/a.png"
MODELS = sorted(path.stem.removeprefix("modelstream.") for path in CATALOG_DATA.glob("modelstream.*.json"))
SAMPLES = {
    "prompt": "a fox",
    "thinking_level": "HIGH",
    "gweb_search": True,
    "images": ["data:image/png;base64,AA"],
}


def body_of(model: str, given: dict[str, Any]) -> Any:
    return STREAM.submit(SubmitRequest(model, given), secret="k").json


def at(body: Any, path: str) -> list[Any]:
    """What stands at a `wire` path of a data file, such as messages[0].content[+].image_url.url."""
    found = [body]
    for name, index in re.findall(r"([^.\[\]]+)|\[([0-9]+|\+)\]", path):
        if index == "+":
            found = [entry for value in found for entry in value]
        elif index:
            found = [value[int(index)] for value in found]
        else:
            found = [value[name] for value in found if name in value]
    return found


def test_the_body_of_the_example_is_the_documented_one() -> None:
    data = model_file("modelstream.NB2")
    call = STREAM.submit(SubmitRequest("NB2", data["example"]), secret="k")
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers == {"Authorization": "Bearer k"}
    assert call.json == data["request_example"]


@pytest.mark.parametrize("model", MODELS)
def test_every_field_goes_where_the_data_file_says(model: str) -> None:
    data = model_file(f"modelstream.{model}")
    properties = data["input_schema"]["properties"]
    given = {name: SAMPLES.get(name, data["example"].get(name, 3)) for name in properties}
    body = body_of(model, given)
    assert body["model"] == model
    for name, value in given.items():
        paths = data["wire"].get(name, name)
        for path in paths if isinstance(paths, list) else [paths]:
            assert at(body, path) == (value if name == "images" else [value]), (name, path)


def test_reference_images_follow_the_text_in_their_order() -> None:
    body = body_of("NB2", {"prompt": "a", "images": ["data:image/png;base64,AA", URL]})
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "image_url", "image_url": {"url": URL}},
    ]
    assert "images" not in body


def test_what_is_not_given_is_not_sent() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "a"}]}
    assert body_of("NB2", {"prompt": "a"}) == {"model": "NB2", "prompt": "a", "n": 1, "messages": [message]}
    assert body_of("NBP", {"prompt": "a"}) == {"model": "NBP", "prompt": "a", "messages": [message]}


def test_the_request_given_is_left_as_it_was() -> None:
    given = {"prompt": "a", "images": [URL], "thinking_level": "HIGH"}
    body_of("NB2", given)
    assert given == {"prompt": "a", "images": [URL], "thinking_level": "HIGH"}


@pytest.mark.parametrize(
    ("body", "files"),
    [
        ({"created": 1, "data": [{"url": URL}]}, [RemoteFile(url=URL)]),
        (
            {"created": 1, "data": [{"url": "", "b64_json": "iVBORw0KGgo="}]},
            [RemoteFile(base64="iVBORw0KGgo=")],
        ),
        ({"created": 1, "data": [{"url": URL, "b64_json": None}]}, [RemoteFile(url=URL)]),
        ({"created": 1, "data": [{"url": URL, "b64_json": "iVBO"}]}, [RemoteFile(base64="iVBO")]),
        (
            {"data": [{"url": "data:image/png;base64,iVBO"}]},
            [RemoteFile(base64="data:image/png;base64,iVBO")],
        ),
        ({"data": [{"url": URL}, {"url": URL + "?2"}]}, [RemoteFile(url=URL), RemoteFile(url=URL + "?2")]),
    ],
)
def test_the_answer_gives_links_or_bytes(body: dict[str, Any], files: list[RemoteFile]) -> None:
    assert STREAM.read_submission(answer(body)) == Finished(tuple(files))


def test_a_revised_prompt_is_kept_beside_the_image() -> None:
    body = {"created": 1, "data": [{"url": URL, "revised_prompt": "a red fox"}]}
    assert STREAM.read_submission(answer(body)) == Finished((RemoteFile(url=URL),), "a red fox")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"created": 1, "data": []}, ""),
        ({"data": [{"url": "", "b64_json": "", "revised_prompt": ""}]}, ""),
        ({"data": [], "message": "blocked by policy"}, "blocked by policy"),
        ({"choices": [{"message": {"content": "I can't."}, "finish_reason": "stop"}]}, "I can't."),
        ({"choices": [{"message": {}, "finish_reason": "stop"}]}, ""),
    ],
)
def test_success_without_a_picture_keeps_the_words(body: dict[str, Any], text: str) -> None:
    assert STREAM.read_submission(answer(body)) == Finished((), text)


def test_a_2xx_that_holds_an_error_leaves_it_open() -> None:
    outcome = STREAM.read_submission(answer({"error": {"message": "upstream broke", "code": "bad_response"}}))
    assert isinstance(outcome, MaybeAccepted)
    assert (outcome.problem.code, outcome.problem.words) == ("bad_response", "upstream broke")


def test_there_is_nothing_to_poll() -> None:
    assert STREAM.is_synchronous
    assert isinstance(STREAM.read_poll(answer({})), PollTrouble)
    with pytest.raises(TypeError):
        STREAM.poll("a", secret="k")
