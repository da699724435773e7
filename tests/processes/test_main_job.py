"""The main job, end to end: a documented example goes in, an image of the right size and format comes out."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.pictures import encode
from tests.processes.conftest import FirstStart
from tests.processes.installation import Installation
from tests.processes.visitor import Visitor
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CATALOGUE = Path(__file__).resolve().parents[2] / "studio" / "catalog" / "data"
# All documented models, and the size that each example asks for; None where the model chooses.
EXAMPLES: dict[str, tuple[int, int] | None] = {
    "mountsea:nano-banana": (1024, 1024),
    "mountsea:nano-banana-edit": (1024, 1024),
    "mountsea:nano-banana-2": None,
    "mountsea:nano-banana-2-edit": None,
    "mountsea:nano-banana-pro": (1024, 1024),
    "mountsea:nano-banana-pro-edit": (1024, 1024),
    "mountsea:gpt-image-2": (1024, 768),
    "mountsea:gpt-image-2-edit": None,
    "modelstream:NB2": (1200, 896),
    "modelstream:NBP": (1024, 1024),
    "modelstream:gpt-image-2": (1024, 1024),
    "modelstream:I4G1": (1376, 768),
    "modelstream:z-image-turbo": (1024, 1536),
}
# These also through the form: a model by itself, one that also edits, and the twin of one.
IN_THE_FORM = ("mountsea:nano-banana-2", "modelstream:NB2", "mountsea:nano-banana-2-edit")


def test_the_documented_examples_become_images(
    tmp_path: Path, provider: SandboxServer, first_start: FirstStart
) -> None:
    assert sorted(map(_file, EXAMPLES)) == sorted(path.name for path in CATALOGUE.glob("*.json"))
    studio = Installation.like(tmp_path, first_start.data)
    studio.use_key("a-key-of-the-team", provider)
    with studio:
        with ThreadPoolExecutor(3) as hands:
            list(hands.map(lambda name: _from_the_command_line(studio, provider, name), EXAMPLES))
        with Visitor(studio.url) as visitor:
            visitor.sign_in(first_start.sign_in)
            for name in IN_THE_FORM:
                _from_the_page(studio, provider, visitor, name)
        _with_a_file(studio, tmp_path / "fjord.png")
        assert studio.stop() == 0
    report = studio.check(provider)
    assert (report.problems, report.leftovers) == ([], [])
    count = len(EXAMPLES) + len(IN_THE_FORM) + 1
    assert report.statuses == {"succeeded": count}
    assert provider.bill()["total"]["charged_images"] == count


def _from_the_command_line(studio: Installation, provider: SandboxServer, name: str) -> None:
    example, (company, _, model) = _example(name), name.partition(":")
    options = [f"--set={key}={_text(value)}" for key, value in example.items() if key != "prompt"]
    named = ["--model", model, "--provider", company, "--prompt", example["prompt"]]
    status, report = studio.generate(*named, *options, "--wait", "--timeout", "120")
    assert (status, report["status"], report["error"]) == (0, "succeeded", None), name
    assert report["model"] == model
    (row,) = studio.rows(f"SELECT status FROM studio_generation WHERE id = {report['id']}")
    assert row["status"] == report["status"]
    (image,) = report["images"]
    (billed,) = _submissions(provider, name)
    content = Path(image["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == image["sha256"]
    assert len(content) == image["bytes"]
    with Image.open(image["path"]) as picture:
        assert picture.size == (image["width"], image["height"]) == (billed["width"], billed["height"])
        assert picture.format == image["format"].upper() == billed["format"].upper() == "PNG"
    assert picture.size == (EXAMPLES[name] or picture.size), name


def _from_the_page(studio: Installation, provider: SandboxServer, visitor: Visitor, name: str) -> None:
    before = visitor.pictures()
    visitor.press(visitor.form(name))
    studio.wait_until(lambda: visitor.pictures()[:1] != before[:1], "the card shows an image")
    thumbnail = visitor.get(visitor.pictures()[0])
    assert thumbnail.headers["content-type"] == "image/webp"
    (row,) = studio.rows("SELECT * FROM studio_image ORDER BY id DESC LIMIT 1")
    original = visitor.get(f"/p/playground/images/{row['id']}/file/")
    assert original.headers["content-type"] == "image/png"
    assert hashlib.sha256(original.content).hexdigest() == row["sha256"]
    sent = _submissions(provider, name)
    assert len(sent) == 2, "the page sends what the command line sent"
    assert (row["width"], row["height"]) == (sent[1]["width"], sent[1]["height"])


def _with_a_file(studio: Installation, file: Path) -> None:
    """With an image, the model that makes hands over to the one that edits."""
    file.write_bytes(encode(640, 480))
    status, report = studio.generate(
        "--model", "nano-banana-2", "--prompt", "The same at night", "--image", str(file), "--wait"
    )
    assert (status, report["status"], report["model"]) == (0, "succeeded", "nano-banana-2-edit")


def _submissions(provider: SandboxServer, name: str) -> list[dict[str, Any]]:
    """The submissions of a model's example: several models share one."""
    sent = provider.submissions(_example(name)["prompt"])
    company, _, model = name.partition(":")
    return [row for row in sent if row["model"] == model and row["provider"].startswith(company)]


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


def _file(name: str) -> str:
    company, _, model = name.partition(":")
    return f"{'mountsea-hub' if company == 'mountsea' else company}.{model}.json"


def _example(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((CATALOGUE / _file(name)).read_text())["example"]
    return example


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
