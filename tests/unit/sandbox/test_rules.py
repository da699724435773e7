"""Sizes, markers and the ModelStream body, without a server."""

import base64
import copy
import json
from typing import Any

import pytest

from studio.sandbox.catalogue import DATA, HUB, MODELSTREAM, load_models
from studio.sandbox.checks import check_input
from studio.sandbox.markers import StatusFault, read_markers, without_markers
from studio.sandbox.modelstream import read_input
from studio.sandbox.shapes import Refusal
from studio.sandbox.sizes import AT_1K, AUTO, choose_size
from tests.pictures import encode

MODELS = load_models()
NB2 = MODELS[MODELSTREAM]["NB2"]
NB2_DATA = json.loads((DATA / "modelstream.NB2.json").read_text())


def test_every_data_file_is_offered_and_accepts_its_own_example() -> None:
    models = [model for group in MODELS.values() for model in group.values()]
    assert len(models) == len(list(DATA.glob("*.json")))
    for model in models:
        check_input(model, model.example, status=400)


@pytest.mark.parametrize(
    ("values", "size"),
    [
        ({"aspect_ratio": "16:9", "resolution": "1K"}, (1376, 768)),
        ({"aspect_ratio": "16:9", "resolution": "0.5K"}, (688, 384)),
        ({"aspect_ratio": "21:9", "resolution": "4K"}, (6336, 2688)),
        ({"size": "4:3", "quality": "2K"}, (2400, 1792)),
        ({"size": "8:1", "quality": "512"}, (1536, 192)),
        ({"size": "1536x1024", "quality": "high"}, (1536, 1024)),
        ({"size": "1024*1536"}, (1024, 1536)),
        ({"image_size": {"width": 3840, "height": 2160}}, (3840, 2160)),
        ({"image_size": "landscape_4_3"}, (1024, 768)),
        ({"size": "16:9", "image_size": "2K"}, (2752, 1536)),
        ({}, (1024, 1024)),
    ],
)
def test_sizes(values: dict[str, Any], size: tuple[int, int]) -> None:
    assert choose_size(values, "a prompt") == size


def test_auto_chooses_by_the_prompt() -> None:
    found = {choose_size({"aspect_ratio": "auto"}, f"prompt {number}") for number in range(60)}
    assert found == {AT_1K[ratio] for ratio in AUTO}


def test_auto_keeps_to_the_shape_of_a_reference() -> None:
    assert choose_size({"aspect_ratio": "auto", "resolution": "2K"}, "a", like=(768, 512)) == (2528, 1696)
    assert choose_size({"image_size": "auto"}, "a", like=(512, 768)) == (848, 1264)
    assert choose_size({"aspect_ratio": "1:1"}, "a", like=(512, 768)) == (1024, 1024)


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        ("a cat", None),
        ("a cat [sandbox:500]", StatusFault(500, "", None)),
        ("a cat [sandbox:status=500]", StatusFault(500, "", None)),
        ("a cat [sandbox:500][sandbox:times=2]", StatusFault(500, "", 2)),
        ("a cat [sandbox:429]", StatusFault(429, "1", 1)),
        ("a cat [sandbox:429=5] [sandbox:times=3]", StatusFault(429, "5", 3)),
        ("a cat [sandbox:503]", StatusFault(503, "", 1)),
        ("a cat [sandbox:503=2]", StatusFault(503, "2", 1)),
        ("a cat [sandbox:200]", None),
        ("a cat [sandbox:status=nonsense]", None),
    ],
)
def test_status_markers(prompt: str, fault: StatusFault | None) -> None:
    assert read_markers(prompt).status_fault == fault
    assert without_markers(prompt) == "a cat"


def nb2_body(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(NB2_DATA["request_example"]), **changes}


def test_nb2_body_becomes_the_input_of_the_form() -> None:
    assert read_input(NB2, nb2_body()) == NB2_DATA["example"]


def test_nb2_images_travel_in_the_message() -> None:
    body = nb2_body(gweb_search=True)
    body["messages"][0]["content"].append(
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    )
    values = read_input(NB2, body)
    assert values["images"] == ["https://example.com/a.png"]
    assert values["gweb_search"] is True


def message(text: str = "", **part: Any) -> list[dict[str, Any]]:
    return [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": text or NB2_DATA["example"]["prompt"]},
                *([part] if part else []),
            ],
        }
    ]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"n": 2}, "n:"),
        ({"prompt": "something else"}, "same as prompt"),
        ({"messages": []}, "messages"),
        ({"messages": message(type="image_url", image_url="https://example.com")}, "images are"),
        (
            {"messages": message(type="image_url", image_url={"url": "https://a.b", "detail": "x"})},
            "images are",
        ),
        ({"messages": [{**message()[0], "name": "x"}]}, "unknown field"),
        ({"thinking_level": "HIGH"}, "thinking_level"),
        (
            {"extra_body": {"g_model": {"thinking_config": {"level": "HIGH"}}}},
            "extra_body.g_model.thinking_config.level",
        ),
        ({"seed": 4}, "seed"),
    ],
)
def test_nb2_refuses_every_other_body(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_input(NB2, nb2_body(**changes))
    assert word in caught.value.message


def data_uri(width: int, height: int) -> str:
    return "data:image/png;base64," + base64.b64encode(encode(width, height)).decode()


HUB_CASES: list[tuple[str, dict[str, Any], str]] = [
    ("nano-banana-2", {}, "prompt"),
    ("nano-banana-2", {"prompt": 5}, "prompt"),
    ("nano-banana-2", {"prompt": "ab"}, "prompt"),
    ("nano-banana-2", {"prompt": "x" * 50_001}, "prompt"),
    ("nano-banana-2", {"prompt": "a cat", "num_images": 5}, "num_images"),
    ("nano-banana-2", {"prompt": "a cat", "num_images": True}, "num_images"),
    ("nano-banana-2", {"prompt": "a cat", "resolution": "8K"}, "resolution"),
    ("nano-banana-2", {"prompt": "a cat", "safety_tolerance": 4}, "safety_tolerance"),
    ("nano-banana-2", {"prompt": "a cat", "size": "1:1"}, "size"),
    ("gpt-image-2", {"prompt": "a cat", "image_size": {"width": 3840, "height": 1264}}, "ratio"),
    ("gpt-image-2", {"prompt": "a cat", "image_size": {"width": 800, "height": 816}}, "pixels"),
    ("nano-banana-edit", {"prompt": "a cat", "image_urls": ["data:image/png;base64,AAAA"]}, "PNG"),
    ("nano-banana-edit", {"prompt": "a cat", "image_urls": ["data:image/gif;base64,AAAA"]}, "base64"),
    ("nano-banana-edit", {"prompt": "a cat", "image_urls": ["ftp://example.com/a.png"]}, "http"),
    ("nano-banana-edit", {"prompt": "a cat"}, "image_urls"),
    ("nano-banana-edit", {"prompt": "a cat", "image_urls": []}, "at least one"),
    ("nano-banana-edit", {"prompt": "a cat", "image_urls": ["https://example.com/a.png"] * 11}, "too long"),
    (
        "gpt-image-2-edit",
        {"prompt": "a cat", "image_urls": [data_uri(32, 24)], "mask_url": data_uri(32, 32)},
        "must be 32x24 pixels",
    ),
]


@pytest.mark.parametrize(("model", "values", "word"), HUB_CASES)
def test_strict_input(model: str, values: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_input(MODELS[HUB][model], values, status=422)
    assert caught.value.status == 422
    assert word in caught.value.message
    assert len(caught.value.message) < 500


def test_a_mask_of_the_references_size_is_taken() -> None:
    values: dict[str, Any] = {
        "prompt": "a cat",
        "image_urls": [data_uri(32, 24), data_uri(9, 9)],
        "mask_url": data_uri(32, 24),
    }
    check_input(MODELS[HUB]["gpt-image-2-edit"], values, status=422)
    check_input(MODELS[HUB]["gpt-image-2-edit"], {**values, "mask_url": "https://e.com/m.png"}, status=422)
