"""Requests over real connections: what comes back, and what is certain when nothing does."""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.kit import http
from studio.kit.http import ApiClients
from studio.kit.wire import HttpAnswer, HttpCall, HttpFailure
from tests.integration.kit.servers import Conversation, Handler, listen, make_certificate, serve

pytestmark = pytest.mark.any_database

POST = HttpCall("POST", "/v1/images?x=1", headers={"Authorization": "Bearer k"}, json={"prompt": "füchse"})
GET = HttpCall("GET", "/v1/tasks/1", headers={"Authorization": "Bearer k"})


async def ok(talk: Conversation) -> None:
    await talk.answer(b'{"a": 1}', content_type="application/json", retry_after="3")


async def submit_to(handler: Handler, *, timeout_s: float = 5.0, **options: Any) -> HttpAnswer:
    async with serve(handler) as server, ApiClients() as clients:
        return await clients.send_submission(server.url, POST, timeout_s=timeout_s, **options)


def failure_with(handler: Handler, *, timeout_s: float = 5.0, **options: Any) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        asyncio.run(submit_to(handler, timeout_s=timeout_s, **options))
    return caught.value


def failure_at(base_url: str, *, timeout_s: float = 5.0) -> HttpFailure:
    async def run() -> None:
        async with ApiClients() as clients:
            await clients.send_submission(base_url, POST, timeout_s=timeout_s)

    with pytest.raises(HttpFailure) as caught:
        asyncio.run(run())
    return caught.value


def test_a_submission_goes_out_as_it_was_written_and_nothing_else_with_it() -> None:
    async def run() -> None:
        async with serve(ok) as server, ApiClients() as clients:
            answer = await clients.send_submission(server.url + "/base/", POST, timeout_s=5)
            assert (answer.status, answer.body, answer.headers["retry-after"]) == (200, b'{"a": 1}', "3")
            assert answer.elapsed_s > 0
            head = server.heads[0].lower()
            assert head.startswith("post /base/v1/images?x=1 http/1.1\r\n")
            assert "authorization: bearer k\r\n" in head
            assert "accept-encoding: identity\r\n" in head
            assert "content-type: application/json\r\n" in head
            assert "cookie" not in head
            assert json.loads(server.bodies[0]) == {"prompt": "füchse"}

    asyncio.run(run())


def test_polls_reuse_their_connection_and_submissions_never() -> None:
    async def run() -> None:
        async with serve(ok) as polled, serve(ok) as submitted, ApiClients() as clients:
            for _ in range(4):
                await clients.send_poll(polled.url, GET, timeout_s=5)
                await clients.send_submission(submitted.url, POST, timeout_s=5)
            assert (polled.connections, submitted.connections) == (1, 4)

    asyncio.run(run())


def test_many_requests_at_once_are_spread_over_small_groups_of_connections() -> None:
    async def run() -> None:
        all_here = asyncio.Barrier(40)

        async def wait_for_all(talk: Conversation) -> None:
            await all_here.wait()
            await ok(talk)

        async with serve(wait_for_all) as server, ApiClients() as clients:
            calls = [clients.send_submission(server.url, POST, timeout_s=30) for _ in range(40)]
            answers = await asyncio.gather(*calls)
            assert [answer.status for answer in answers] == [200] * 40
            assert server.connections == 40

    asyncio.run(run())


def test_a_full_address_is_taken_as_it_stands() -> None:
    async def run() -> None:
        async with serve(ok) as server, ApiClients() as clients:
            call = HttpCall("GET", f"{server.url}/credits")
            answer = await clients.send_poll("https://nonexistent.invalid", call, timeout_s=5)
            assert answer.status == 200

    asyncio.run(run())


@pytest.mark.parametrize("status", ["301 Moved", "307 Again", "400 Bad", "429 Slow", "500 Oops", "503 Busy"])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: str) -> None:
    async def redirect(talk: Conversation) -> None:
        await talk.answer(b"words", status, location="/elsewhere", set_cookie="a=b")

    async def run() -> None:
        async with serve(redirect) as server, ApiClients() as clients:
            answer = await clients.send_submission(server.url, POST, timeout_s=5)
            assert (answer.status, answer.body) == (int(status[:3]), b"words")
            await clients.send_submission(server.url, POST, timeout_s=5)
            assert len(server.heads) == 2
            assert "cookie" not in server.heads[1].lower()

    asyncio.run(run())


def test_refused_connections_were_not_sent() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        failure = failure_at(f"http://127.0.0.1:{reserved.getsockname()[1]}")
    assert not failure.was_sent


def test_unknown_names_were_not_sent() -> None:
    assert not failure_at("http://nonexistent.invalid").was_sent


@pytest.mark.parametrize(
    "base_url", ["ftp://example.com", "http://[::1", "http://a b", "no address", "http://"]
)
def test_addresses_that_are_none_were_not_sent(base_url: str) -> None:
    assert not failure_at(base_url).was_sent


@pytest.mark.parametrize(
    "call",
    [
        HttpCall("POST", "/", headers={"Authorization": "Bearer k\r\nX-Evil: 1"}, json={}),
        HttpCall("POST", "/", headers={"Authorization": "Bearer schlüssel\u2028"}, json={}),
        HttpCall("POST", "/", json={"prompt": "\ud800"}),
        HttpCall("POST", "/", json={"seed": float("nan")}),
        HttpCall("POST", "/", json=[]),
    ],
)
def test_requests_that_cannot_be_written_were_not_sent(call: HttpCall) -> None:
    async def run() -> None:
        async with serve(ok) as server, ApiClients() as clients:
            if call.json == []:
                answer = await clients.send_submission(server.url, call, timeout_s=5)
                assert answer.status == 200  # only what can't be written is refused
                return
            with pytest.raises(HttpFailure) as caught:
                await clients.send_submission(server.url, call, timeout_s=5)
            assert not caught.value.was_sent
            assert server.heads == []

    asyncio.run(run())


def test_a_certificate_that_nobody_trusts_was_not_sent(tmp_path: Path) -> None:
    async def run() -> None:
        context, _ = make_certificate(tmp_path)
        async with serve(ok, tls=context) as server, ApiClients() as clients:
            with pytest.raises(HttpFailure) as caught:
                await clients.send_submission(server.url, POST, timeout_s=5)
            assert not caught.value.was_sent
            assert server.heads == []

    asyncio.run(run())


def test_a_certificate_that_is_trusted_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    http._tls_context.cache_clear()

    async def run() -> None:
        async with serve(ok, tls=context) as server, ApiClients() as clients:
            assert (await clients.send_submission(server.url, POST, timeout_s=5)).status == 200

    try:
        asyncio.run(run())
    finally:
        http._tls_context.cache_clear()


def test_plain_http_on_a_tls_port_and_the_reverse_fail_cleanly(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve(ok) as server, ApiClients() as clients:
            with pytest.raises(HttpFailure) as caught:
                await clients.send_submission(server.url.replace("http", "https"), POST, timeout_s=1)
            assert not caught.value.was_sent

    asyncio.run(run())


def test_a_server_that_accepts_but_never_shakes_hands_was_not_sent() -> None:
    async def run() -> None:
        async with ApiClients() as clients:
            with socket.create_server(("127.0.0.1", 0)) as silent:
                base_url = f"https://127.0.0.1:{silent.getsockname()[1]}"
                with pytest.raises(HttpFailure) as caught:
                    await clients.send_submission(base_url, POST, timeout_s=0.8)
                assert not caught.value.was_sent

    asyncio.run(run())


def broken(data: bytes, *, then_reset: bool = False) -> Handler:
    async def handler(talk: Conversation) -> None:
        await talk.send(data)
        if then_reset:
            await asyncio.sleep(0.05)
            talk.reset()
        else:
            talk.writer.close()

    return handler


@pytest.mark.parametrize(
    "handler",
    [
        broken(b"", then_reset=True),
        broken(b""),
        broken(b"HTTP/1.1 200 OK\r\ncontent-le"),
        broken(b"HTTP/1.1 200 OK\r\ncontent-le", then_reset=True),
        broken(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
        broken(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", then_reset=True),
        broken(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel"),
        broken(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
        broken(b"SMTP ready\r\n\r\n"),
        broken(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n"),
        broken(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        broken(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000),
    ],
)
def test_whatever_breaks_after_the_request_may_have_been_sent(handler: Handler) -> None:
    assert failure_with(handler).was_sent


def test_one_deadline_stands_over_everything() -> None:
    async def silent(talk: Conversation) -> None:
        await asyncio.sleep(30)

    async def drip(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            await talk.send(b"x")
            await asyncio.sleep(0.05)

    async def timed(handler: Callable[..., Any]) -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(HttpFailure) as caught:
            await submit_to(handler, timeout_s=0.5)
        assert caught.value.was_sent
        return loop.time() - started

    assert 0.4 < asyncio.run(timed(silent)) < 2
    assert 0.4 < asyncio.run(timed(drip)) < 2


def test_answers_that_are_too_large_or_compressed_are_not_read() -> None:
    async def huge(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            await talk.send(b"x" * 100_000)

    async def zipped(talk: Conversation) -> None:
        await talk.answer(b"\x1f\x8b...", content_encoding="gzip")

    assert "too large" in failure_with(huge, max_bytes=200_000).sentence
    assert "compressed" in failure_with(zipped).sentence


def test_a_refusal_that_comes_before_the_whole_request_was_taken_is_read() -> None:
    async def run() -> None:
        async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            while await reader.read(1_000_000):  # as good servers do: reset, the answer would be lost
                pass

        async with listen(early) as port, ApiClients() as clients:
            call = HttpCall("POST", "/", json={"image": "x" * 20_000_000})
            answer = await clients.send_submission(f"http://127.0.0.1:{port}", call, timeout_s=5)
            assert answer.status == 413

    asyncio.run(run())


def test_cancelling_frees_the_connection() -> None:
    async def silent(talk: Conversation) -> None:
        await asyncio.sleep(0.3)
        await ok(talk)

    async def run() -> None:
        async with serve(silent) as server, ApiClients() as clients:
            for _ in range(20):
                sending = asyncio.create_task(clients.send_poll(server.url, GET, timeout_s=5))
                await asyncio.sleep(0.01)
                sending.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await sending
            assert (await clients.send_poll(server.url, GET, timeout_s=2)).status == 200

    asyncio.run(run())


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def run() -> None:
        async with serve(ok) as server, ApiClients() as clients:
            assert (await clients.send_poll(server.url, GET, timeout_s=5)).status == 200

    asyncio.run(run())
