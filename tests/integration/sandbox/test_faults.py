"""Every marker of docs/sandbox.md, as a client meets it, and what the bill says about it afterwards."""

import re
import time
from pathlib import Path

import httpx
import pytest
from PIL import UnidentifiedImageError

from tests.integration.sandbox.calls import generate, open_image, run, submit
from tests.sandbox_server import ROOT, SandboxServer


def charged(sandbox: SandboxServer) -> tuple[int, int]:
    total = sandbox.bill()["total"]
    return total["submissions"], total["charged_calls"]


@pytest.mark.parametrize(
    ("marker", "status"),
    [("500", 500), ("status=418", 418), ("401", 401), ("402", 402), ("403", 403), ("502", 502)],
)
def test_error_statuses_are_not_accepted(
    api: httpx.Client, sandbox: SandboxServer, marker: str, status: int
) -> None:
    for call in (submit, generate):
        assert call(api, f"a cat [sandbox:{marker}]").status_code == status
    assert charged(sandbox) == (0, 0)


def test_content_policy(api: httpx.Client) -> None:
    assert submit(api, "a cat [sandbox:refuse]").status_code == 422
    answer = generate(api, "a cat [sandbox:refuse]")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_policy_violation")


@pytest.mark.parametrize(
    ("marker", "status", "retry_after"), [("429", 429, "1"), ("429=5", 429, "5"), ("503=2", 503, "2")]
)
def test_rate_limits_pass(api: httpx.Client, marker: str, status: int, retry_after: str) -> None:
    first = submit(api, f"a dog [sandbox:{marker}]")
    assert (first.status_code, first.headers["retry-after"]) == (status, retry_after)
    assert submit(api, f"a dog [sandbox:{marker}]").status_code == 200


def test_times_says_how_often(api: httpx.Client, sandbox: SandboxServer) -> None:
    prompt = "a dog [sandbox:503][sandbox:times=2]"
    answers = [submit(api, prompt) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert "retry-after" not in answers[0].headers
    assert sandbox.bill()["attempts"][prompt] == 3
    assert sandbox.bill()["idempotency"][prompt] == 1


def test_accepted_and_yet_an_error(api: httpx.Client, sandbox: SandboxServer) -> None:
    assert generate(api, "a cat [sandbox:502][sandbox:accept]").status_code == 502
    assert charged(sandbox) == (1, 1)


@pytest.mark.parametrize("marker", ["fail", "timeout", "cancelled"])
def test_tasks_that_end_badly_cost_nothing(api: httpx.Client, sandbox: SandboxServer, marker: str) -> None:
    task = run(api, f"a cat [sandbox:{marker}]")
    assert task["status"] == {"fail": "failed"}.get(marker, marker)
    assert task["error_message"]
    assert "data" not in task
    assert generate(api, f"a cat [sandbox:{marker}]").status_code in {400, 504}
    assert charged(sandbox) == (2, 0)


def test_a_failure_may_name_its_code(api: httpx.Client) -> None:
    task = run(api, "a cat [sandbox:fail=content_policy_violation]")
    assert task["error_code"] == "content_policy_violation"
    assert "content policy" in task["error_message"]


def test_words_instead_of_a_picture(api: httpx.Client, sandbox: SandboxServer) -> None:
    task = run(api, "a cat [sandbox:text]")
    assert task["status"] == "completed"
    assert task["data"]["images"] == []
    assert task["data"]["description"]
    [item] = generate(api, "a cat [sandbox:text]").json()["data"]
    assert not item["url"]
    assert item["revised_prompt"] == task["data"]["description"]
    # The Hub charges what it completed; ModelStream what made pictures.
    assert charged(sandbox) == (2, 1)


def test_fewer_than_asked(api: httpx.Client, sandbox: SandboxServer) -> None:
    assert len(run(api, "a cat [sandbox:fewer=1]", num_images=4)["data"]["images"]) == 1
    total = sandbox.bill()["total"]
    assert (total["charged_images"], total["charged_images_asked"]) == (1, 4)


def test_slow_sets_the_duration(api: httpx.Client) -> None:
    assert run(api, "a cat [sandbox:slow=20]")["elapsed_ms"] == 1000  # 20 s at a twentieth
    started = time.monotonic()
    generate(api, "a cat [sandbox:slow=10]").raise_for_status()
    assert 0.5 <= time.monotonic() - started < 2


def test_pending_never_ends(api: httpx.Client, sandbox: SandboxServer) -> None:
    task_id = submit(api, "a cat [sandbox:pending][sandbox:slow=0]").json()["task_id"]
    task = api.get(f"/hub/v1/tasks/{task_id}").json()
    assert (task["status"], task["ready"]) == ("pending", False)
    assert charged(sandbox) == (1, 0)


@pytest.mark.parametrize(
    ("marker", "error"), [("hang", httpx.ReadTimeout), ("reset", httpx.RemoteProtocolError)]
)
def test_lost_answers_are_accepted_and_charged(
    api: httpx.Client, sandbox: SandboxServer, marker: str, error: type[Exception]
) -> None:
    api.timeout = httpx.Timeout(0.5)
    with pytest.raises((error, httpx.ReadError)):
        generate(api, f"a cat [sandbox:{marker}]")
    assert charged(sandbox) == (1, 1)


def test_a_page_instead_of_json(api: httpx.Client, sandbox: SandboxServer) -> None:
    answer = submit(api, "a cat [sandbox:html]")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert submit(api, "a cat [sandbox:html=502]").status_code == 502
    assert charged(sandbox) == (0, 0)


def test_polls_may_fail_at_first(api: httpx.Client) -> None:
    task_id = submit(api, "a cat [sandbox:poll=500][sandbox:polltimes=2]").json()["task_id"]
    assert [api.get(f"/hub/v1/tasks/{task_id}").status_code for _ in range(3)] == [500, 500, 200]


def fetch(api: httpx.Client, prompt: str) -> httpx.Response:
    return api.get(run(api, prompt)["data"]["images"][0]["url"])


def test_files_that_are_missing_broken_or_slow(api: httpx.Client) -> None:
    assert fetch(api, "a cat [sandbox:file404]").status_code == 404
    with pytest.raises((OSError, UnidentifiedImageError)):
        open_image(fetch(api, "a cat [sandbox:filebroken]").content)
    started = time.monotonic()
    open_image(fetch(api, "a cat [sandbox:fileslow=10][sandbox:slow=0]").content)
    # It comes in pieces, and each pause between them may end a tick of the clock early.
    assert time.monotonic() - started >= 0.45


def test_a_file_may_fail_at_first(api: httpx.Client) -> None:
    url = run(api, "a cat [sandbox:file=503]")["data"]["images"][0]["url"]
    assert [api.get(url).status_code for _ in range(2)] == [503, 200]


def test_every_marker_of_the_manual_is_known_and_every_known_one_is_in_it() -> None:
    manual = set(re.findall(r"`\[sandbox:([a-z]\w*)", (ROOT / "docs" / "sandbox.md").read_text()))
    room = Path(ROOT, "studio", "sandbox")
    source = "".join(path.read_text() for path in room.glob("*.py"))
    known = set(
        re.findall(r'(?:"(\w+)" (?:not )?in (?:call\.)?markers|markers\.(?:number|text)\("(\w+)")', source)
    )
    names = {one or other for one, other in known} | {"status", "times", "timeout", "cancelled", "pending"}
    assert manual == names
