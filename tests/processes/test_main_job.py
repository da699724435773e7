"""The main job, end to end: a documented example goes in, an image of the right size and format comes out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.processes.conftest import FirstStart
from tests.processes.installation import Installation
from tests.processes.visitor import Visitor
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CATALOGUE = Path(__file__).resolve().parents[2] / "studio" / "catalog" / "data"
EXAMPLES = {
    "mountsea:nano-banana-2": "mountsea-hub.nano-banana-2.json",
    "modelstream:NB2": "modelstream.NB2.json",
}


def test_the_documented_examples_become_images(
    tmp_path: Path, provider: SandboxServer, first_start: FirstStart
) -> None:
    studio = Installation.like(tmp_path, first_start.data)
    for name in ("mountsea", "modelstream"):
        address = ["--base-url", provider.url, "--allow-host", provider.host]
        assert studio.manage("set_provider", name, *address).returncode == 0
        assert studio.manage("add_key", name, "--label", "Team", stdin="a-key-of-the-team\n").returncode == 0
    with studio:
        for name, file in EXAMPLES.items():
            _from_the_command_line(studio, provider, name, _example(file))
        with Visitor(studio.url) as visitor:
            visitor.sign_in(first_start.sign_in)
            for name, file in EXAMPLES.items():
                _from_the_page(studio, provider, visitor, name, _example(file))
        assert studio.stop() == 0
    report = studio.check(provider)
    assert (report.problems, report.leftovers) == ([], [])
    assert report.statuses == {"succeeded": 4}
    assert provider.bill()["total"]["charged_images"] == 4


def _from_the_command_line(
    studio: Installation, provider: SandboxServer, name: str, example: dict[str, Any]
) -> None:
    options = [f"{key}={_text(value)}" for key, value in example.items() if key != "prompt"]
    arguments = [
        "--model",
        name.partition(":")[2],
        "--prompt",
        example["prompt"],
        "--wait",
        "--timeout",
        "60",
    ]
    for option in options:
        arguments += ["--set", option]
    status, report = studio.generate(*arguments)
    assert (status, report["status"], report["error"]) == (0, "succeeded", None)
    (row,) = studio.rows(f"SELECT status FROM studio_generation WHERE id = {report['id']}")
    assert row["status"] == report["status"]
    (image,) = report["images"]
    (billed,) = provider.submissions(example["prompt"])
    content = Path(image["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == image["sha256"]
    assert len(content) == image["bytes"]
    with Image.open(image["path"]) as picture:
        assert picture.size == (image["width"], image["height"]) == (billed["width"], billed["height"])
        assert picture.format == image["format"].upper() == billed["format"].upper() == "PNG"
    if example.get("size") == "4:3":
        assert picture.size == (1200, 896)


def _from_the_page(
    studio: Installation, provider: SandboxServer, visitor: Visitor, name: str, example: dict[str, Any]
) -> None:
    before = visitor.pictures()
    visitor.press(visitor.form(name))
    studio.wait_until(lambda: len(visitor.pictures()) > len(before), "the card shows an image")
    thumbnail = visitor.get(visitor.pictures()[0])
    assert thumbnail.headers["content-type"] == "image/webp"
    (row,) = studio.rows("SELECT * FROM studio_image ORDER BY id DESC LIMIT 1")
    original = visitor.get(f"/p/playground/images/{row['id']}/file/")
    assert original.headers["content-type"] == "image/png"
    assert hashlib.sha256(original.content).hexdigest() == row["sha256"]
    sent = provider.submissions(example["prompt"])
    assert len(sent) == 2, "the page sends what the command line sent"
    assert (row["width"], row["height"]) == (sent[1]["width"], sent[1]["height"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "no-such-model", "--prompt", "A fox"], "no-such-model"),
        (["--model", "NB2", "--prompt", "A fox", "--set", "nonsense=1"], "nonsense"),
        (["--model", "NB2", "--prompt", "A fox", "--set", "size=7:5"], "7:5"),
        (["--model", "nano-banana-2", "--prompt", "A fox", "--set", "num_images=many"], "whole number"),
        (["--model", "NB2", "--prompt", "A fox", "--project", "no-such-project"], "no-such-project"),
        (["--model", "NB2", "--prompt", "x" * 100_000], "prompt"),
        (["--model", "NB2", "--prompt", "  "], "prompt"),
        (["--model", "NB2"], "--prompt is missing"),
        (["--model", "NB2", "--prompt", "A fox", "--as", "nobody@example.com"], "nobody@example.com"),
        (["--model", "NB2", "--prompt", "A fox", "--image", "/no/such/file.png"], "/no/such/file.png"),
    ],
)
def test_what_cannot_be_queued_is_refused_with_a_sentence(
    tmp_path: Path, provider: SandboxServer, first_start: FirstStart, arguments: list[str], words: str
) -> None:
    studio = Installation.like(tmp_path, first_start.data, sandbox_url=provider.url)
    status, report = studio.generate(*arguments, "--wait")
    assert (status, report["id"], report["status"], report["images"]) == (2, None, "refused", [])
    assert words in report["error"].lower()
    assert len(report["error"]) < 500
    _nothing_was_sent(studio, provider)


def test_what_cannot_be_sent_comes_back_with_all_that_was_typed(
    studio: Installation, provider: SandboxServer, first_start: FirstStart
) -> None:
    with Visitor(studio.url) as visitor:
        visitor.sign_in(first_start.sign_in)
        for name, field, value in [
            ("modelstream:NB2", "in-prompt", ""),
            ("modelstream:NB2", "in-prompt", "x" * 100_000),
            ("modelstream:NB2", "in-prompt", "A fox\0 in snow"),
            ("modelstream:NB2", "in-size", "7:5"),
            ("mountsea:nano-banana-2", "in-num_images", "many"),
            ("mountsea:nano-banana-2", "in-seed", "1.5"),
            ("mountsea:nano-banana-2", "in-seed", "9" * 400),
            ("mountsea:nano-banana-2", "model", "999999"),
        ]:
            words = {"in-prompt": "A fox in snow", field: value}
            if field == "model":
                words["was"] = value  # otherwise it is a change of the model
            form = visitor.press_in_vain({**visitor.form(name), **words})
            sentences = [*form.find_all(".err"), *form.find_all("[role=alert]")]
            assert any(sentence.text() for sentence in sentences), (field, value[:20])
            prompt = form.find("textarea[name=in-prompt]")
            assert prompt
            assert "".join(map(str, prompt.children)).strip() == words["in-prompt"], (field, value[:20])
    _nothing_was_sent(studio, provider)


def _nothing_was_sent(studio: Installation, provider: SandboxServer) -> None:
    bill = provider.bill()
    assert (bill["attempts"], bill["refusals"], bill["total"]["submissions"]) == ({}, [], 0)
    assert studio.rows("SELECT id FROM studio_generation") == []
    assert studio.rows("SELECT id FROM studio_hold") == []


def _example(file: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((CATALOGUE / file).read_text())["example"]
    return example


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
