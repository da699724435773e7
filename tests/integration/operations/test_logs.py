"""What the log says: one JSON object a line, with ids, and nothing that is nobody's business."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from project.logs import AddRequest, JsonFormatter, PlainFormatter
from studio.generation.models import Generation
from studio.keys.queries import secret_of
from tests.integration.generation.conftest import Engine, engine, sandbox, sandbox_process

__all__ = ["engine", "sandbox", "sandbox_process"]

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written() -> Iterator[Lines]:
    """All that is logged from here on, as `serve` writes it with STUDIO_LOG_FORMAT=json."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(AddRequest())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_generation_can_be_followed_through_the_log(engine: Engine, written: Lines) -> None:
    generation = engine.make("a very private prompt")
    key = Generation.objects.get(id=generation.id).key
    assert key

    lines = written()
    steps = [line for line in lines if line.get("generation") == str(generation.id)]
    events = [line["event"].rpartition(".")[2] for line in steps]
    assert events[:5] == ["queued", "held", "sending", "accepted", "ready"]
    assert events[-2:] == ["stored", "settled"]
    sending = steps[2]
    assert sending["key"] == "_".join(str(key).split())
    assert (sending["level"], sending["logger"]) == ("info", "studio.generation.timeline")
    assert steps[-2]["images"] == "1"

    everything = json.dumps(lines)
    assert "private" not in everything
    assert secret_of(key) not in everything


def test_what_was_rolled_back_is_not_told(engine: Engine, written: Lines) -> None:
    engine.queue("one that counts")
    queued = [line for line in written() if line.get("event") == "generation.timeline.queued"]
    assert len(queued) == Generation.objects.count()


def test_a_line_and_its_answer_have_the_same_request(db: None, written: Lines) -> None:
    first = Client().get("/no-such-page/")
    second = Client().get("/healthz")
    lines = [line for line in written() if line["logger"] == "django.request"]
    assert [line["request"] for line in lines] == [first["X-Request-Id"]]
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_a_traceback_stays_within_its_line(written: Lines) -> None:
    try:
        raise RuntimeError("unforeseen")
    except RuntimeError:
        logging.getLogger("studio.test").exception("live.tail.failed owner=%s", "a\nb")
    [line] = written()
    assert line["event"] == "live.tail.failed"
    assert "RuntimeError: unforeseen" in line["traceback"]
    assert "request" not in line


def test_people_read_the_request_at_the_end_of_the_line() -> None:
    record = logging.LogRecord("studio.x", logging.INFO, "", 0, "a.b.c id=%s", (5,), None)
    record.request_id = "abc"
    formatter = PlainFormatter("{levelname} {name} {message}", style="{")
    assert formatter.format(record) == "INFO studio.x a.b.c id=5 request=abc"
