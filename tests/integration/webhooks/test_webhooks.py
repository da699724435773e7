"""What a receiver gets of a project's events, how often, and what it never gets."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.generation.models import Status
from studio.kit.clock import now
from studio.notifying.actions import tell_of_end
from studio.projects.actions import add_member
from studio.projects.models import ProjectRole
from studio.webhooks import actions
from studio.webhooks.models import WAITS, Delivery, Webhook
from studio.webhooks.sending import send_due
from tests.cast import Cast
from tests.leaks import Search
from tests.pictures import make_batch, make_generation

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/p/spring/webhook/"


@dataclass
class Receiver:
    """Takes what is posted and answers with `status`."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.status)
            self.send_header("location", f"{receiver.url}/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=[0.01]).start()
    settings.WEBHOOK_HOSTS = [f"127.0.0.1:{server.server_port}"]
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield receiver
    server.shutdown()
    server.server_close()


def set_up(cast: Cast, receiver: Receiver) -> str:
    return actions.choose_address(project=cast.project, url=receiver.url, by=cast.manager).secret


def end_batch(cast: Cast, *statuses: Status) -> int:
    batch = make_batch(cast.project, cast.contributor, prompt="a prompt nobody is told")
    for status in statuses:
        generation = make_generation(batch, status=status, finished_at=now(), next_action_at=None)
    tell_of_end(generation.pk)
    return batch.pk


def test_a_finished_batch_arrives_once_signed_and_without_its_prompt(cast: Cast, receiver: Receiver) -> None:
    secret = set_up(cast, receiver)
    batch_id = end_batch(cast, Status.SUCCEEDED, Status.SUCCEEDED)
    tell_of_end(Delivery.objects.get().webhook.project.batches.get().generations.latest("id").pk)
    assert send_due() == 1
    assert send_due() == 0
    ((headers, body),) = receiver.got
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
    told = json.loads(body)
    assert told["type"] == "batch.finished"
    assert told["data"]["subject"] == batch_id
    assert told["data"]["people"] == [cast.contributor.pk]
    assert told["data"]["url"].endswith(f"/p/spring/#batch-{batch_id}")
    assert b"nobody" not in body
    assert not {"cookie", "authorization", "referer"} & set(headers)
    assert "204" in cast.client(cast.manager).get(PAGE).content.decode()


def test_failures_members_and_roles_are_told(cast: Cast, receiver: Receiver) -> None:
    set_up(cast, receiver)
    end_batch(cast, Status.FAILED)
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    send_due()
    assert [body["type"] for body in receiver.bodies] == ["batch.failed", "member.added"]
    assert receiver.bodies[1]["data"]["role"] == "viewer"  # type: ignore[index]


def test_other_projects_are_not_told(cast: Cast, receiver: Receiver) -> None:
    set_up(cast, receiver)
    batch = make_batch(cast.team_project, cast.contributor)
    tell_of_end(make_generation(batch, finished_at=now(), next_action_at=None).pk)
    assert send_due() == 0


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_fails_is_tried_again_later_and_later_then_given_up(
    cast: Cast, receiver: Receiver, status: int
) -> None:
    set_up(cast, receiver)
    receiver.status = status
    end_batch(cast, Status.SUCCEEDED)
    for wait in WAITS:
        before = now()
        assert send_due() == 1
        next_at = Delivery.objects.get().next_at
        assert next_at
        assert wait <= next_at - before < wait + timedelta(seconds=30)
        assert send_due() == 0
        Delivery.objects.update(next_at=now())
    send_due()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == len(WAITS) + 1
    page = cast.client(cast.manager).get(PAGE).content.decode()
    assert f"The receiver answered with HTTP {status}." in page
    assert "Given up on" in page
    assert AuditEntry.objects.filter(verb="webhook.stopped").exists()
    end_batch(cast, Status.SUCCEEDED)
    assert send_due() == 0


def test_started_again_it_goes_on_and_what_was_given_up_can_be_sent_again(
    cast: Cast, receiver: Receiver
) -> None:
    set_up(cast, receiver)
    end_batch(cast, Status.SUCCEEDED)
    receiver.status = 410
    send_due()
    assert Webhook.objects.get().stopped_at
    client = cast.client(cast.manager)
    receiver.status = 200
    client.post(f"{PAGE}start")
    Delivery.objects.update(next_at=None)
    client.post(f"{PAGE}deliveries/{Delivery.objects.get().pk}/send")
    send_due()
    first, second = receiver.got
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert Delivery.objects.get().delivered_at


@pytest.mark.django_db(transaction=True)
def test_of_two_tasks_at_once_one_posts_it(cast: Cast, receiver: Receiver) -> None:
    set_up(cast, receiver)
    end_batch(cast, Status.SUCCEEDED)
    both_have_read = Barrier(2, timeout=20)

    def send() -> int:
        try:
            with connection.execute_wrapper(wait_before_update):
                return send_due()
        finally:
            connection.close()

    def wait_before_update(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and "attempts" in sql:
            both_have_read.wait()
        return execute(sql, params, many, context)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: send(), range(2)))
    assert len(receiver.got) == 1
    assert Delivery.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", "not https"),
        ("https://127.0.0.1/", "not on the public internet"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://intranet/", "no usable host name|public internet"),
        ("https://user:pw@example.com/", "user name or password"),
        ("ftp://example.com/", "must begin with https"),
        ("nonsense", "must begin with https"),
        ("", "Give the address"),
    ],
)
def test_an_address_inside_is_refused_with_a_sentence(cast: Cast, url: str, words: str) -> None:
    answer = cast.client(cast.manager).post(PAGE, {"url": url})
    assert answer.status_code == 422
    assert any(word in answer.content.decode() for word in words.split("|"))
    assert not Webhook.objects.exists()


def test_a_name_that_leads_inside_is_not_posted_to(
    cast: Cast, receiver: Receiver, settings: Settings
) -> None:
    set_up(cast, receiver)
    settings.WEBHOOK_HOSTS = []
    end_batch(cast, Status.SUCCEEDED)
    send_due()
    assert receiver.got == []
    assert "not https" in Delivery.objects.get().problem


def test_the_secret_is_shown_once_and_found_nowhere(cast: Cast, receiver: Receiver) -> None:
    client = cast.client(cast.manager)
    first = client.post(PAGE, {"url": receiver.url}).content.decode()
    secret = first[first.index("whsec_") :].split('"')[0]
    assert "whsec_" not in client.get(PAGE).content.decode()
    again = client.post(f"{PAGE}secret").content.decode()
    assert secret not in again
    assert "whsec_" in again
    search = Search(secret)
    search.look_into_database()
    assert search.places == []


def test_removed_it_is_told_nothing(cast: Cast, receiver: Receiver) -> None:
    set_up(cast, receiver)
    end_batch(cast, Status.SUCCEEDED)
    cast.client(cast.manager).post(f"{PAGE}remove")
    assert send_due() == 0
    assert cast.client(cast.manager).post(f"{PAGE}test").status_code == 409
