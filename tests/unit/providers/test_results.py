"""Result files in every plausible form, and none out of what is no result."""

from typing import Any

import pytest

from studio.providers.results import MAX_FILES, MAX_URL_LENGTH, read_files, read_text
from studio.providers.types import RemoteFile

URL = "https://cdn.example.com/a.png?sig=a%2Fb&x=1"
PNG = "iVBORw0KGgo" + "A" * 80 + "="
LINK, BYTES = RemoteFile(url=URL), RemoteFile(base64=PNG)


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ({"images": [{"url": URL, "content_type": "image/png", "width": None}]}, [LINK]),
        ({"images": [URL]}, [LINK]),
        ({"images": URL}, [LINK]),
        ({"images": {"url": URL}}, [LINK]),
        ({"output": {"images": [{"url": URL}]}}, [LINK]),
        ({"output": [URL]}, [LINK]),
        ({"output": URL}, [LINK]),
        ({"data": {"images": [{"url": URL}]}}, [LINK]),
        ({"result": {"url": URL}}, [LINK]),
        ({"results": [{"imageUrl": URL}]}, [LINK]),
        ({"image_urls": [URL]}, [LINK]),
        ({"image_url": {"url": URL}}, [LINK]),
        ([{"url": URL}, {"url": URL}], [LINK]),
        ([URL, f" {URL}2\n"], [LINK, RemoteFile(url=URL + "2")]),
        (URL, [LINK]),
        (URL.replace("https", "HTTPS"), [RemoteFile(url=URL.replace("https", "HTTPS"))]),
        ({"url": f"data:image/png;base64,{PNG}"}, [RemoteFile(base64=f"data:image/png;base64,{PNG}")]),
        ({"b64_json": PNG}, [BYTES]),
        ({"images": [{"base64": PNG, "url": URL}]}, [BYTES]),
        ({"images": [PNG]}, [BYTES]),
        ({"result": PNG}, [BYTES]),
        (
            {"candidates": [{"content": {"parts": [{"text": "Here"}, {"inlineData": {"data": PNG}}]}}]},
            [BYTES],
        ),
        ({"candidates": [{"content": {"parts": [{"fileData": {"fileUri": URL}}]}}]}, [LINK]),
        ({"choices": [{"message": {"content": "Hi", "images": [{"image_url": {"url": URL}}]}}]}, [LINK]),
        ({"images": [{"url": ""}, None, 3, {"url": URL}]}, [LINK]),
    ],
)
def test_files_are_found(value: Any, files: list[RemoteFile]) -> None:
    assert list(read_files(value)) == files


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        "a photo",
        "ftp://example.com/a.png",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        "https://a\x00b",
        "https://" + "a" * MAX_URL_LENGTH,
        {"input": {"image_urls": [URL]}},
        {"message": URL},
        {"content": URL},
        {"docs": {"url": URL}},
        {"url": 5},
        {"b64_json": ""},
        {"seed": 1, "timings": {"url": 1}},
    ],
)
def test_what_is_no_result_gives_no_file(value: Any) -> None:
    assert read_files(value) == ()


def test_the_number_of_files_is_bounded() -> None:
    assert len(read_files([f"{URL}{i}" for i in range(1000)])) == MAX_FILES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"images": [{"url": URL}], "description": "A fox."}, "A fox."),
        ({"data": {"description": "A fox."}, "message": "success"}, "A fox."),
        ({"message": "success"}, ""),
        ({"description": "  "}, ""),
        (
            {"candidates": [{"content": {"parts": [{"text": "I won't."}]}, "finishReason": "STOP"}]},
            "I won't.",
        ),
        ({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}, "PROHIBITED_CONTENT"),
        ("words", ""),
        (None, ""),
    ],
)
def test_the_providers_words_are_found(value: Any, text: str) -> None:
    assert read_text(value) == text
