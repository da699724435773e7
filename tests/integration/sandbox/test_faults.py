"""Every marker of docs/sandbox.md, as a client meets it, and what the bill says about it afterwards."""

import re
import socket
import time
from pathlib import Path

import httpx
import pytest
from PIL import UnidentifiedImageError

from studio.sandbox.markers import MARKERS
from studio.sandbox.spoiling import WORDS
from tests.integration.sandbox.calls import generate, open_image, run, submit
from tests.sandbox_server import ROOT, SandboxServer

pytestmark = pytest.mark.any_database


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


def read_raw(
    sandbox: SandboxServer, path: str, *, for_s: float = 0.4, most: int = 5_000_000
) -> tuple[bytes, str]:
    """Read what comes over the wire, and say how it ended: "closed", "reset", or "open" when it went on too long."""
    received, deadline = bytearray(), time.monotonic() + for_s
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n\r\n".encode())
        while time.monotonic() < deadline and len(received) < most:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                piece = connection.recv(1 << 20)
            except TimeoutError:
                break
            except ConnectionResetError:
                return bytes(received), "reset"
            if not piece:
                return bytes(received), "closed"
            received += piece
    return bytes(received), "open"


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("hang", "open"),
        ("reset", "reset"),
        ("cutheaders", "reset"),
        ("cutbody", "reset"),
        ("longer", "closed"),
        ("shorter", "closed"),
        ("dripheaders", "open"),
        ("drip", "open"),
        ("endless", "open"),
    ],
)
def test_an_answer_may_break_in_every_way_on_the_wire(sandbox: SandboxServer, word: str, end: str) -> None:
    prompt = f"a cat [sandbox:poll={word}]"
    with httpx.Client(base_url=sandbox.url, headers={"authorization": "Bearer k"}, trust_env=False) as api:
        task_id = submit(api, prompt).json()["task_id"]
    received, ended = read_raw(sandbox, f"/hub/v1/tasks/{task_id}")
    head, _, body = received.partition(b"\r\n\r\n")
    length = int((re.search(rb"content-length: ([0-9]+)", head) or [b"", b"0"])[1])
    assert ended == end
    assert (len(body) > 0) == (word in ("cutbody", "longer", "shorter", "drip", "endless"))
    if length:
        assert (len(body) > length) == (word == "shorter")
    assert (len(body) > 1_000_000) == (word == "endless")
    whole, _ = read_raw(sandbox, f"/hub/v1/tasks/{task_id}")
    assert task_id.encode() in whole


def test_an_answer_may_be_huge(api: httpx.Client) -> None:
    task_id = submit(api, "a cat [sandbox:poll=huge]").json()["task_id"]
    with api.stream("GET", f"/hub/v1/tasks/{task_id}") as answer:
        assert sum(len(piece) for piece in answer.iter_raw()) > 200_000_000


def test_an_answer_may_be_something_else_than_json(api: httpx.Client) -> None:
    def poll(word: str) -> httpx.Response:
        task_id = submit(api, f"a cat [sandbox:poll={word}]").json()["task_id"]
        return api.get(f"/hub/v1/tasks/{task_id}")

    assert poll("html").headers["content-type"].startswith("text/html")
    assert poll("empty").content == b""
    assert poll("nested").content.startswith(b'{"data": [[[[[[')
    assert poll("twice").text.count('"task_id"') == 2
    assert poll("gzip").headers["content-encoding"] == "gzip"
    assert (poll("301").status_code, poll("301").headers["location"]) == (301, "/elsewhere")
    with pytest.raises(ValueError, match=r"JSON|char"):
        poll("truncated").json()


def test_a_submission_may_be_accepted_and_its_answer_spoilt(
    api: httpx.Client, sandbox: SandboxServer
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        submit(api, "a cat [sandbox:wire=longer]")
    assert generate(api, "a cat [sandbox:wire=html]").text.startswith("<!doctype")
    assert charged(sandbox)[0] == 2


def test_the_task_may_say_odd_things_before_it_is_over(api: httpx.Client) -> None:
    task_id = submit(api, "a cat [sandbox:says=dancing.pending][sandbox:slow=0]").json()["task_id"]
    told = [api.get(f"/hub/v1/tasks/{task_id}").json()["status"] for _ in range(3)]
    assert told == ["dancing", "pending", "completed"]


def test_two_submissions_may_get_the_same_task(api: httpx.Client) -> None:
    ids = {submit(api, f"{name} [sandbox:sametask=x]").json()["task_id"] for name in ("a cat", "a dog")}
    assert len(ids) == 1


def test_more_images_than_asked_and_none_at_all(api: httpx.Client) -> None:
    assert len(run(api, "a cat [sandbox:more=2]")["data"]["images"]) == 3
    assert run(api, "a cat [sandbox:nothing]")["data"] == {"images": []}
    assert generate(api, "a cat [sandbox:nothing]").json()["data"] == []


def test_the_address_of_a_file_may_expire_until_it_is_told_again(api: httpx.Client) -> None:
    task_id = submit(api, "a cat [sandbox:file=expired][sandbox:slow=0]").json()["task_id"]
    first, second = (api.get(f"/hub/v1/tasks/{task_id}").json()["data"]["images"][0]["url"] for _ in range(2))
    assert [api.get(url).status_code for url in (first, second, first)] == [403, 200, 403]


def test_a_file_may_be_something_else(api: httpx.Client) -> None:
    assert fetch(api, "a cat [sandbox:file=svg]").content.startswith(b"<svg")
    assert len(fetch(api, "a cat [sandbox:file=bomb]").content) < 1000
    other = fetch(api, "a cat [sandbox:file=othertype]")
    assert (other.headers["content-type"], open_image(other.content).format) == ("image/png", "WEBP")
    moved = fetch(api, "a cat [sandbox:file=http://10.0.0.1/x]")
    assert (moved.status_code, moved.headers["location"]) == (302, "http://10.0.0.1/x")


@pytest.mark.parametrize("wish", ["-5", "soon", "99999999999", "date+60", "none"])
def test_retry_after_may_say_anything(api: httpx.Client, wish: str) -> None:
    headers = submit(api, f"a cat [sandbox:429={wish}]").headers
    said = headers.get("retry-after", "none")
    assert said.endswith("GMT") if wish.startswith("date") else said == wish


def order(api: httpx.Client, **given: object) -> httpx.Response:
    return api.post("/sandbox/faults", json=given)


def test_the_next_requests_of_a_kind_can_be_ordered_to_fail(
    api: httpx.Client, sandbox: SandboxServer
) -> None:
    order(api, on="submission", fault="502", next=2, provider="mountsea").raise_for_status()
    order(api, on="poll", fault="500", next=1).raise_for_status()
    order(api, on="file", fault="503", next=1).raise_for_status()
    assert generate(api, "a cat [sandbox:slow=0]").status_code == 200
    assert [submit(api, "a cat [sandbox:slow=0]").status_code for _ in range(3)] == [502, 502, 200]
    task_id = sandbox.submissions("a cat [sandbox:slow=0]")[-1]["id"]
    assert [api.get(f"/hub/v1/tasks/{task_id}").status_code for _ in range(2)] == [500, 200]
    url = api.get(f"/hub/v1/tasks/{task_id}").json()["data"]["images"][0]["url"]
    assert [api.get(url).status_code for _ in range(2)] == [503, 200]
    assert [row["given"] for row in api.get("/sandbox/faults").json()["faults"]] == [2, 1, 1]


def test_ordered_markers_stay_with_the_submission(api: httpx.Client) -> None:
    order(api, on="submission", fault="fail=nsfw slow=0", next=1).raise_for_status()
    assert run(api, "a cat")["error_code"] == "nsfw"
    assert run(api, "a cat")["status"] == "completed"


def test_a_share_of_the_requests_is_drawn_with_the_seed(api: httpx.Client, sandbox: SandboxServer) -> None:
    def draw() -> list[int]:
        sandbox.reset()
        order(api, on="submission", fault="500", share=0.3, seed=7).raise_for_status()
        return [submit(api, "a cat").status_code for _ in range(40)]

    first, second = draw(), draw()
    assert first == second
    assert 4 <= first.count(500) <= 20


def test_orders_can_be_withdrawn(api: httpx.Client) -> None:
    order(api, on="submission", fault="500", share=1).raise_for_status()
    api.delete("/sandbox/faults").raise_for_status()
    assert submit(api, "a cat").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"on": "lunch", "fault": "500", "next": 1},
        {"on": "poll", "fault": "tiredness", "next": 1},
        {"on": "submission", "fault": "cutboddy", "next": 1},
        {"on": "poll", "fault": "500"},
        {"on": "poll", "fault": "500", "next": 1, "share": 0.5},
        {"on": "poll", "fault": "500", "next": 0},
        {"on": "poll", "fault": "500", "share": 1.5},
        {"on": "poll", "fault": "500", "next": 1, "provider": "nobody"},
        {"on": "poll", "fault": "500", "next": 1, "times": 2},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(api: httpx.Client, given: dict[str, object]) -> None:
    assert order(api, **given).status_code == 422
    assert api.get("/sandbox/faults").json()["faults"] == []


def test_every_marker_of_the_manual_is_known_and_every_known_one_is_in_it() -> None:
    manual = set(re.findall(r"`\[sandbox:([a-z]\w*)", (ROOT / "docs" / "sandbox.md").read_text()))
    room = Path(ROOT, "studio", "sandbox")
    source = "".join(path.read_text() for path in room.glob("*.py"))
    read = set(re.findall(r'(?:"(\w+)" (?:not )?in [\w.]*markers|markers\.(?:number|text)\("(\w+)")', source))
    names = {one or other for one, other in read} | {"status", "times", "timeout", "cancelled", "pending"}
    assert manual == names == MARKERS


def test_every_word_that_spoils_an_answer_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "sandbox.md").read_text()
    assert [word for word in WORDS if f"| `{word}` |" not in manual] == []
