"""The calls of the two APIs as a client makes them."""

import io
import time
from typing import Any

import httpx
from PIL import Image

TERMINAL = {"completed", "failed", "timeout", "cancelled"}


def submit(api: httpx.Client, prompt: str, model: str = "nano-banana-2", **values: Any) -> httpx.Response:
    return api.post("/hub/v1/image", json={"model": model, "input": {"prompt": prompt, **values}})


def poll_until_over(api: httpx.Client, task_id: str, timeout_s: float = 5.0) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        task: dict[str, Any] = api.get(f"/hub/v1/tasks/{task_id}").raise_for_status().json()
        if task["ready"]:
            assert task["status"] in TERMINAL
            return task
        assert task["status"] in {"pending", "processing"}
        time.sleep(0.02)
    raise AssertionError("the task did not end")


def run(api: httpx.Client, prompt: str, model: str = "nano-banana-2", **values: Any) -> dict[str, Any]:
    """Submit to the Hub and wait for the end of the task."""
    return poll_until_over(api, submit(api, prompt, model, **values).raise_for_status().json()["task_id"])


def generate(api: httpx.Client, prompt: str, images: tuple[str, ...] = (), **fields: Any) -> httpx.Response:
    """One NB2 call."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": prompt}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in images]
    body = {
        "model": "NB2",
        "prompt": prompt,
        "n": 1,
        "messages": [{"role": "user", "content": parts}],
        **fields,
    }
    return api.post("/v1/images/generations", json=body)


def open_image(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image
