"""The sandbox as a process: what survives a kill, and what many tasks at once cost."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.integration.sandbox.calls import open_image, poll_until_over, submit
from tests.sandbox_server import ROOT, SandboxServer

pytestmark = pytest.mark.any_database

KEY = {"authorization": "Bearer sk-test"}


def test_a_killed_sandbox_forgets_neither_tasks_nor_bill(tmp_path: Path) -> None:
    with SandboxServer(state=tmp_path / "sandbox.jsonl") as server:
        with httpx.Client(base_url=server.url, headers=KEY, trust_env=False, verify=False) as api:
            submit(api, "a cat [sandbox:429=1]")
            task_id = submit(api, "a cat [sandbox:429=1]").json()["task_id"]
        server.kill()
        server.start()
        with httpx.Client(base_url=server.url, headers=KEY, trust_env=False, verify=False) as api:
            task = poll_until_over(api, task_id)
            open_image(api.get(task["data"]["images"][0]["url"]).content)
        bill = server.bill()
        assert bill["attempts"] == {"a cat [sandbox:429=1]": 2}
        assert bill["total"]["charged_calls"] == 1
        server.reset()
        server.kill()
        server.start()
        assert server.bill()["submissions"] == []


def test_a_sandbox_at_rest_loads_neither_django_nor_pillow_nor_jsonschema() -> None:
    code = "import sys, studio.sandbox.app, studio.sandbox.__main__; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {"django", "PIL", "jsonschema"}
    rooms = {name for name in loaded if name.startswith("studio.") and not name.startswith("studio.sandbox")}
    assert rooms == set()


def test_polls_stay_quick_while_pictures_are_painted() -> None:
    with (
        SandboxServer(paint="scene", speed=0.05) as server,
        httpx.Client(base_url=server.url, headers=KEY, trust_env=False, verify=False, timeout=30) as api,
    ):
        tasks = [
            submit(api, f"mountains {number}", resolution="2K").json()["task_id"] for number in range(20)
        ]
        started, slowest = time.monotonic(), 0.0
        for task_id in tasks * 3:
            before = time.monotonic()
            api.get(f"/hub/v1/tasks/{task_id}").raise_for_status()
            slowest = max(slowest, time.monotonic() - before)
        assert slowest < 0.5
        assert time.monotonic() - started < 10


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with (
        SandboxServer() as server,
        httpx.Client(base_url=server.url, headers=KEY, trust_env=False, verify=False) as api,
    ):
        api.get("/v1/models")
        waits = []
        for _ in range(15):
            started = time.monotonic()
            api.get("/v1/models")
            waits.append(time.monotonic() - started)
        assert median(waits) < 0.03  # 40 ms each with Nagle's algorithm


def test_stops_at_once_with_calls_and_pictures_under_way() -> None:
    with SandboxServer(paint="scene", speed=0.01) as server:
        with httpx.Client(base_url=server.url, headers=KEY, trust_env=False, verify=False) as api:
            for number in range(6):
                submit(api, f"mountains {number}", resolution="4K")
            api.timeout = httpx.Timeout(0.3)
            with suppress(httpx.ReadTimeout):
                submit(api, "mountains [sandbox:hang]")
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 6
