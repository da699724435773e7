"""ModelStream as its documents describe it, over real HTTP."""

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from studio.sandbox.catalogue import DATA
from tests.integration.sandbox.calls import generate, open_image
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.any_database


def test_models_are_listed(api: httpx.Client) -> None:
    answer = api.get("/v1/models").json()
    assert answer["object"] == "list"
    assert {"NB2", "NBP", "gpt-image-2"} <= {model["id"] for model in answer["data"]}


def test_the_documented_body_gives_a_picture_of_the_right_size(
    api: httpx.Client, sandbox: SandboxServer
) -> None:
    body = json.loads((DATA / "modelstream.NB2.json").read_text())["request_example"]
    answer = api.post("/v1/images/generations", json=body).raise_for_status().json()
    [item] = answer["data"]
    assert item.keys() == {"url", "b64_json", "revised_prompt"}
    assert isinstance(answer["created"], int)
    image = open_image(api.get(item["url"]).content)
    assert (image.size, image.format) == ((1200, 896), "PNG")
    assert sandbox.bill()["total"] == {
        "submissions": 1,
        "charged_calls": 1,
        "charged_images": 1,
        "charged_images_asked": 1,
        "polls": 0,
    }


def test_base64_on_demand(api: httpx.Client) -> None:
    [item] = generate(api, "a cat [sandbox:b64]", size="1:1", quality="512").raise_for_status().json()["data"]
    assert item["url"] == ""
    assert open_image(base64.b64decode(item["b64_json"])).size == (512, 512)


def test_references_travel_in_the_message(api: httpx.Client) -> None:
    target = io.BytesIO()
    Image.new("RGB", (40, 40), (10, 90, 200)).save(target, "JPEG")
    uri = "data:image/jpeg;base64," + base64.b64encode(target.getvalue()).decode()
    assert generate(api, "make it warmer", images=(uri,)).status_code == 200
    assert generate(api, "make it warmer", images=("data:image/png;base64,AAAA",)).status_code == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"size": "auto"}, 400),
        ({"quality": "0.5K"}, 400),
        ({"n": 2}, 400),
        ({"foo": 1}, 400),
        ({"model": "NB9"}, 404),
    ],
)
def test_bad_bodies(api: httpx.Client, sandbox: SandboxServer, fields: dict[str, Any], status: int) -> None:
    answer = generate(api, "a cat", **fields)
    assert answer.status_code == status
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert sandbox.bill()["total"]["submissions"] == 0


@pytest.mark.parametrize(("key", "status"), [("", 401), ("sk-bad", 401), ("sk-empty", 402)])
def test_keys(api: httpx.Client, key: str, status: int) -> None:
    api.headers["authorization"] = f"Bearer {key}".strip()
    assert generate(api, "a cat by key").status_code == status
