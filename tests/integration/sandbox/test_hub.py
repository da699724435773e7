"""Mountsea Hub as its documents describe it, over real HTTP."""

import base64
import io
import re

import httpx
import pytest
from PIL import Image

from tests.integration.sandbox.calls import open_image, poll_until_over, run, submit
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.any_database


def test_models_are_listed_and_described(api: httpx.Client) -> None:
    models = api.get("/hub/v1/models", params={"capability": "image"}).json()["models"]
    assert {"nano-banana-2", "gpt-image-2-edit"} <= {model["id"] for model in models}
    assert api.get("/hub/v1/models", params={"capability": "video"}).json()["models"] == []
    detail = api.get("/hub/v1/models/nano-banana-2").json()
    assert detail["input_schema"]["properties"]["resolution"]["enum"] == ["0.5K", "1K", "2K", "4K"]
    assert submit(api, **detail["example"]).status_code == 200


def test_a_submission_answers_with_the_documented_fields(api: httpx.Client) -> None:
    answer = submit(api, "a harbour").json()
    assert re.fullmatch(r"hub-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["task_id"])
    assert answer.keys() == {"task_id", "status", "capability", "model", "vendor", "mode", "created_at"}
    assert answer["status"] == "pending"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_task_ends_with_pictures_of_the_asked_size_and_format(api: httpx.Client, kind: str) -> None:
    task = run(
        api, f"a harbour in {kind}", num_images=2, aspect_ratio="3:2", resolution="0.5K", output_format=kind
    )
    assert task["status"] == "completed"
    assert task["elapsed_ms"] > 0
    images = task["data"]["images"]
    assert len({image["url"] for image in images}) == 2
    for image in images:
        file = api.get(image["url"])
        assert file.headers["content-type"] == image["content_type"] == f"image/{kind}"
        assert open_image(file.content).size == (image["width"], image["height"]) == (632, 424)
        assert open_image(file.content).format == kind.upper()


def test_the_same_seed_and_prompt_give_the_same_bytes(api: httpx.Client) -> None:
    def fetch(seed: int) -> bytes:
        return api.get(
            run(api, "a harbour", seed=seed, resolution="0.5K")["data"]["images"][0]["url"]
        ).content

    assert fetch(5) == fetch(5) != fetch(6)


def test_without_a_seed_one_is_drawn_and_reported(api: httpx.Client, sandbox: SandboxServer) -> None:
    task = run(api, "a harbour without a seed")
    run(api, "a harbour without a seed")
    first, second = sandbox.submissions("a harbour without a seed")
    assert first["seed"] != second["seed"]
    assert str(first["seed"]) in task["data"]["description"]


def test_sync_mode_answers_with_data_uris(api: httpx.Client) -> None:
    url = run(api, "a harbour", sync_mode=True, resolution="0.5K", aspect_ratio="1:1")["data"]["images"][0][
        "url"
    ]
    assert open_image(base64.b64decode(url.removeprefix("data:image/png;base64,"))).size == (512, 512)


def test_an_edit_takes_a_data_uri(api: httpx.Client) -> None:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(target, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()
    task = run(api, "add snow", "nano-banana-2-edit", image_urls=[uri], resolution="0.5K")
    assert task["status"] == "completed"


def test_a_file_is_not_there_before_its_task_is_over(api: httpx.Client, sandbox: SandboxServer) -> None:
    url = run(api, "an early file")["data"]["images"][0]["url"]
    assert api.get(url).status_code == 200
    assert api.get(url.replace("-0.png", "-1.png")).status_code == 404
    assert api.get(url.replace(".png", ".webp")).status_code == 404


def test_somebody_elses_task_is_unknown(api: httpx.Client) -> None:
    task_id = submit(api, "a private harbour").json()["task_id"]
    other = api.get(f"/hub/v1/tasks/{task_id}", headers={"authorization": "Bearer another"})
    assert (other.status_code, other.json()["statusCode"]) == (404, 404)
    assert poll_until_over(api, task_id)["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"model": "nothing", "input": {}}', 404),
        (b'{"model": "nano-banana-2"}', 422),
        (b'{"model": "nano-banana-2", "input": {"prompt": "a cat", "cfg": 3}}', 422),
        (b'{"model": "nano-banana-2", "input": {"prompt": "a cat"}, "webhook": "x"}', 422),
    ],
)
def test_bad_bodies(api: httpx.Client, sandbox: SandboxServer, body: bytes, status: int) -> None:
    answer = api.post("/hub/v1/image", content=body)
    assert answer.status_code == answer.json()["statusCode"] == status
    assert answer.json()["message"]
    assert answer.json()["error"]
    assert sandbox.bill()["total"]["submissions"] == 0


@pytest.mark.parametrize(("key", "status"), [("", 401), ("sk-bad", 401), ("sk-empty", 402)])
def test_keys(api: httpx.Client, key: str, status: int) -> None:
    api.headers["authorization"] = f"Bearer {key}".strip()
    assert submit(api, "a cat by key").status_code == status


def test_a_slow_key_is_limited(api: httpx.Client) -> None:
    api.headers["authorization"] = "Bearer sk-slow"
    assert submit(api, "the first").status_code == 200
    limited = submit(api, "the second")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "2")


def test_credits_fall_with_completed_tasks(api: httpx.Client) -> None:
    key = {"x-api-key": "sk-test"}
    before = api.get("/api-user/credits", headers=key).json()["credits"]
    run(api, "a paid harbour")
    assert api.get("/api-user/credits", headers=key).json()["credits"] == before - 10
    assert api.get("/api-user/credits").status_code == 401


def test_unknown_paths_and_methods(api: httpx.Client) -> None:
    assert api.get("/hub/v1/nothing").status_code == 404
    assert api.get("/hub/v1/image").status_code == 405
