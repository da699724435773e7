"""A key goes through its whole life at a provider that repeats it in all it says, and is found nowhere."""

import asyncio
import base64
import json
import logging
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connections
from django_q.tasks import async_task
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.generation.models import Batch, Generation, Status
from studio.keys.models import ApiKey, KeyState
from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.fake_provider import Answer, Asked, FakeProvider, fake
from tests.integration.generation.conftest import Engine
from tests.leaks import Search, needles
from tests.pictures import encode

__all__ = ["fake"]
pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "ms-canary/9f+3b=71c0e85ad2_Kx7Q"
SECOND = "ms-second/4d+8a=02b6f97ce1_Zw3R"
PAGE = "/admin/keys/"
PLACES = ("gallery", "trash")


def repeated(secret: str) -> str:
    """Return the secret in every form in which a careless gateway might put it into its answer."""
    packed = [base64.b64encode(("x" * shift + secret).encode()).decode() for shift in range(3)]
    safe = [base64.urlsafe_b64encode(("x" * shift + secret).encode()).decode() for shift in range(3)]
    return " ".join([secret, quote(secret, safe=""), *packed, *safe])


def echo(asked: Asked) -> Answer:
    """Answer as the prompt, the task or the call says, and always with the key in the words and in the headers."""
    words = repeated(asked.secret)
    failed = {"status": "failed", "ready": True, "error_code": asked.secret, "error_message": words}
    picture = f"data:image/png;base64,{base64.b64encode(encode()).decode()}"
    images = [{"url": picture, "file_name": asked.secret}]
    done = {"status": "completed", "ready": True, "data": {"images": images, "description": words}}
    prompt = json.loads(asked.body)["input"]["prompt"] if asked.body else ""
    status, body = {
        "refused": (422, {"statusCode": 422, "code": asked.secret, "message": words}),
        "lost": (500, {"detail": [{"msg": words, "loc": [asked.secret]}]}),
        "nonsense": (200, words),
        "named": (200, {"task_id": asked.secret}),
        "failing": (200, {"task_id": "task-fails", "status": words}),
        "fine": (200, {"task_id": "task-ends"}),
        "stopped": (401, {"error": {"code": asked.secret, "message": words}}),
        "/hub/v1/tasks/task-fails": (200, failed),
        "/hub/v1/tasks/task-ends": (200, done),
        "/hub/v1/models": (500, {"message": words}),
    }.get(prompt or asked.path, (404, {"message": words}))
    headers = {"x-echo": asked.secret, "www-authenticate": f'Bearer realm="{asked.secret}"'}
    return Answer(status, json.dumps(body), headers=headers)


class Visitor:
    """An admin's browser that keeps everything that it was ever answered, headers included."""

    def __init__(self, client: StrictClient) -> None:
        self._client = client
        self.answers: list[tuple[str, bytes]] = []

    def get(self, path: str) -> Any:
        return self._keep(path, self._client.get(path))

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._keep(f"POST {path}", self._client.post(path, data or {}, headers=headers))

    def _keep(self, what: str, answer: Any) -> Any:
        body = _read(answer) if answer.streaming else answer.content
        self.answers.append((what, str(answer.headers).encode() + body))
        return answer


def _read(answer: Any) -> bytes:
    async def read() -> bytes:
        try:
            return b"".join([chunk async for chunk in answer.streaming_content])
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(read()) if answer.is_async else b"".join(answer)


@pytest.fixture
def visitor(cast: Cast) -> Visitor:
    return Visitor(cast.client(cast.admin))


@pytest.fixture
def engine(cast: Cast, fake: FakeProvider, settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    settings.MEDIA_ROOT = f"{tmp_path}/media"
    install_catalog()
    Provider.objects.filter(slug="mountsea").update(base_url=fake.url, allowed_hosts=[fake.host])
    fake.answer = echo
    yield Engine(cast, None)  # type: ignore[arg-type]  # this provider is the fake one
    cache.clear()


def live(visitor: Visitor, engine: Engine) -> str:
    """Add a key, test it, send with it, have it refused, resumed, rotated; return what the commands printed."""
    hub = Provider.objects.get(slug="mountsea").pk
    visitor.post(f"{PAGE}add/", {"provider": hub, "label": f"Hub {CANARY}", "secret": CANARY})
    visitor.post(f"{PAGE}add/", {"provider": hub, "label": "Hub", "secret": CANARY})
    visitor.post(f"{PAGE}add/", {"provider": hub, "label": "Hub", "secret": CANARY}, HX_Request="true")
    key = ApiKey.objects.get(is_sandbox=False)
    visitor.post(f"{PAGE}{key.pk}/test/", HX_Request="true")
    for prompt in ("refused", "lost", "nonsense", "named", "failing", "fine"):
        engine.make(prompt)
    engine.queue("stopped")
    engine.run(1)
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.UNAUTHORISED
    visitor.post(f"{PAGE}{key.pk}/resume/")
    visitor.post(f"{PAGE}{key.pk}/pause/", HX_Request="true")
    visitor.post("/admin/catalogue/sync/", {"provider": hub})
    visitor.post(f"{PAGE}{key.pk}/rotate/", {"secret": f"{SECOND} with words"})
    visitor.post(f"{PAGE}{key.pk}/rotate/", {"secret": SECOND})
    fresh = ApiKey.objects.latest("id")
    engine.make("refused")
    visitor.post(f"{PAGE}{fresh.pk}/remove/")
    return _say(fresh)


def _say(fresh: ApiKey) -> str:
    """Run the commands about keys, whatever they think of it."""
    out = StringIO()
    for command in (["rotate_encryption"], ["resume_key", str(fresh.pk)], ["limit_key", str(fresh.pk)]):
        try:
            call_command(*command, stdout=out, stderr=out)
        except CommandError as error:
            out.write(str(error))
    return out.getvalue()


def visit_everything(visitor: Visitor) -> None:
    """Open all pages that show something of what has happened, and take away what can be taken away."""
    detail = [f"/p/spring/generations/{one.pk}/" for one in Generation.objects.order_by("id")]
    image = Generation.objects.get(status=Status.SUCCEEDED).images.get()
    pages = ["", "people/", "prices/", "quotas/", "settings/", "audit/", "catalogue/", "keys/", "keys/add/"]
    for page in [
        "/",
        "/p/spring/",
        *(f"/p/spring/{place}/" for place in PLACES),
        *detail,
        f"/p/spring/images/{image.pk}/",
        f"/p/spring/images/{image.pk}/file/",
        *(f"/admin/{page}" for page in pages),
        *(
            f"{PAGE}{key.pk}/{form}/"
            for key in ApiKey.objects.order_by("id")
            for form in ("limits", "rotate")
        ),
        "/nowhere/",
    ]:
        visitor.get(page)
    visitor.post("/admin/audit/export/")
    archive = visitor.post("/p/spring/gallery/download", {"image": [image.pk]})
    assert archive.status_code == 200


def search(secret: str, visitor: Visitor, said: str, logged: str, tmp_path: Path) -> Search:
    found = Search(secret)
    assert found.look_into_database() > 1000
    found.look_into_files(tmp_path)
    for what, answer in visitor.answers:
        found.look(what, answer)
        if (start := answer.find(b"PK\x03\x04")) >= 0:
            found.look_into_zip(what, BytesIO(answer[start:]))
    found.look("commands", said)
    found.look("log", logged)
    return found


def test_a_key_is_found_nowhere(
    visitor: Visitor, engine: Engine, fake: FakeProvider, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    said = live(visitor, engine)
    visit_everything(visitor)
    assert ("/hub/v1/image", f"Bearer {CANARY}") in fake.asked
    assert ("/hub/v1/image", f"Bearer {SECOND}") in fake.asked
    ended = set(Generation.objects.values_list("status", flat=True))
    assert ended >= {Status.FAILED, Status.UNKNOWN, Status.SUCCEEDED}
    assert Generation.objects.filter(problem_words__contains="[API key]").count() >= 3
    assert AuditEntry.objects.filter(verb="key.rotated").exists()
    for secret in (CANARY, SECOND):
        assert search(secret, visitor, said, caplog.text, tmp_path).places == []


@pytest.mark.parametrize("form", needles(CANARY), ids=range(len(needles(CANARY))))
def test_the_search_finds_what_leaks_into_a_row(cast: Cast, form: bytes, tmp_path: Path) -> None:
    from tests.pictures import make_batch

    Batch.objects.filter(pk=make_batch(cast.project, cast.contributor).pk).update(
        prompt=f"a {form.decode()} b"
    )
    found = Search(CANARY)
    found.look_into_database()
    assert "studio_batch.prompt" in found.places


def test_the_search_looks_into_queue_sessions_cache_and_archives(
    cast: Cast, client: StrictClient, tmp_path: Path
) -> None:
    async_task("math.sqrt", 4, {"secret": CANARY})
    session = cast.client(cast.admin).session
    session["typed"] = CANARY * 10
    session.save()
    cache.set("canary", {"secret": CANARY}, 60)
    found = Search(CANARY)
    found.look_into_database()
    cache.clear()
    assert {place.partition(".")[0] for place in found.places} >= {"django_q_ormq", "django_session"}
    assert any("cache" in place for place in found.places)
    (tmp_path / "log").write_text(f"sent with {quote(CANARY, safe='')}")
    found.look_into_files(tmp_path)
    assert "log" in found.places
