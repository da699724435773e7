"""Downloads from real servers with traps: what arrives, what is refused, what is left behind."""

import asyncio
import base64
import hashlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from studio.kit import http
from studio.kit.download import DownloadClients, Downloaded, DownloadFailed, download, store_base64
from tests.integration.kit.servers import Conversation, Handler, Server, make_certificate, serve

pytestmark = pytest.mark.any_database

DATA = bytes(range(256)) * 5000


async def give(talk: Conversation) -> None:
    await talk.answer(DATA, content_type="image/png")


async def fetch(server: Server, to: Path, path: str = "/a.png?sig=a%2Fb", **options: Any) -> Downloaded:
    given = {"allowed_hosts": [server.host], "max_bytes": 10_000_000, "deadline_s": 5.0} | options
    return await download(server.url + path, to=to, **given)


def fetch_from(handler: Handler, to: Path, **options: Any) -> Downloaded:
    async def run() -> Downloaded:
        async with serve(handler) as server:
            return await fetch(server, to, **options)

    return asyncio.run(run())


def failure_from(handler: Handler, folder: Path, **options: Any) -> DownloadFailed:
    with pytest.raises(DownloadFailed) as caught:
        fetch_from(handler, folder / "a.png", **options)
    assert list(folder.iterdir()) == [], "something was left behind"
    assert caught.value.sentence.endswith(".")
    return caught.value


def run_with(test: Callable[[Server], Awaitable[None]], handler: Handler = give) -> None:
    async def run() -> None:
        async with serve(handler) as server:
            await test(server)

    asyncio.run(run())


def test_a_file_arrives_whole_with_its_fingerprint(tmp_path: Path) -> None:
    to = tmp_path / "new folder" / "a.png"
    assert fetch_from(give, to) == Downloaded(len(DATA), hashlib.sha256(DATA).hexdigest())
    assert to.read_bytes() == DATA
    assert [path.name for path in to.parent.iterdir()] == ["a.png"]


def test_nothing_of_ours_goes_along(tmp_path: Path) -> None:
    async def test(server: Server) -> None:
        await fetch(server, tmp_path / "a")
        head = server.heads[0].lower()
        assert head.startswith("get /a.png?sig=a%2fb http/1.1\r\n")
        assert f"host: {server.host}\r\n" in head
        assert "accept-encoding: identity\r\n" in head
        for unwanted in ("authorization", "cookie", "referer", "origin:"):
            assert unwanted not in head

    run_with(test)


def test_an_existing_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    to = tmp_path / "a.png"
    to.write_bytes(b"old")

    async def half(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        talk.writer.close()

    with pytest.raises(DownloadFailed) as caught:
        fetch_from(half, to)
    assert not caught.value.permanent
    assert to.read_bytes() == b"old"
    fetch_from(give, to)
    assert to.read_bytes() == DATA


def test_hosts_that_are_not_allowed_are_never_asked(tmp_path: Path) -> None:
    async def test(server: Server) -> None:
        for url in (
            f"http://127.0.0.1:{server.port}/",
            f"https://127.0.0.1:{server.port}/",
            f"https://localhost:{server.port}/",
            f"https://2130706433:{server.port}/",
            f"https://0x7f.1:{server.port}/",
            f"https://[::ffff:127.0.0.1]:{server.port}/",
            "file:///etc/passwd",
        ):
            with pytest.raises(DownloadFailed) as caught:
                await download(
                    url, to=tmp_path / "a", allowed_hosts=["localhost:1"], max_bytes=9, deadline_s=5
                )
            assert caught.value.permanent, url
        assert server.connections == 0

    run_with(test)


def test_a_connection_made_with_permission_serves_nobody_without(tmp_path: Path) -> None:
    async def test(server: Server) -> None:
        async with DownloadClients() as clients:
            await fetch(server, tmp_path / "a", clients=clients)
            with pytest.raises(DownloadFailed):
                await fetch(server, tmp_path / "b", clients=clients, allowed_hosts=[])
            await fetch(server, tmp_path / "c", clients=clients)
            assert (server.connections, len(server.heads)) == (1, 2)

    run_with(test)


def test_redirects_are_followed_as_far_as_they_may_be(tmp_path: Path) -> None:
    async def redirect(talk: Conversation) -> None:
        if talk.head.startswith("GET /target"):
            await give(talk)
        else:
            await talk.answer(b"", "302 Found", location="/target?x=1#part", set_cookie="a=b")

    async def test(server: Server) -> None:
        assert (await fetch(server, tmp_path / "a")).size_bytes == len(DATA)
        assert server.heads[1].startswith("GET /target?x=1 HTTP/1.1")
        assert "cookie" not in server.heads[1].lower()

    run_with(test, redirect)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://localhost:1/",
        "//127.0.0.1:1/",
        "file:///etc/passwd",
        "http://example.com/",
        "https://user:pass@example.com/",
        "http://[::1",
    ],
)
def test_redirects_into_forbidden_places_are_refused(tmp_path: Path, location: str) -> None:
    async def redirect(talk: Conversation) -> None:
        await talk.answer(b"", "302 Found", location=location)

    failure = failure_from(redirect, tmp_path)
    assert failure.permanent


def test_redirects_without_end_are_left(tmp_path: Path) -> None:
    async def redirect(talk: Conversation) -> None:
        await talk.answer(b"", "307 Again", location="/again")

    async def test(server: Server) -> None:
        with pytest.raises(DownloadFailed, match="without end"):
            await fetch(server, tmp_path / "a")
        assert len(server.heads) == 6

    run_with(test, redirect)


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [
        ("204 None", True),
        ("206 Part", True),
        ("302 Nowhere", True),
        ("401 No", True),
        ("403 Expired", True),
        ("404 Not yet", False),
        ("410 Gone", True),
        ("429 Slow", False),
        ("500 Oops", False),
        ("503 Busy", False),
    ],
)
def test_statuses(tmp_path: Path, status: str, is_permanent: bool) -> None:
    async def say(talk: Conversation) -> None:
        await talk.answer(b"" if status.startswith("204") else b"words", status)

    failure = failure_from(say, tmp_path)
    assert (failure.status, failure.permanent) == (int(status[:3]), is_permanent)


def test_files_that_are_too_large_are_left_as_soon_as_it_shows(tmp_path: Path) -> None:
    sent = 0

    async def announced(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")

    async def endless(talk: Conversation) -> None:
        nonlocal sent
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n")
        for _ in range(10_000):
            await talk.send(b"x" * 100_000)
            sent += 100_000

    for handler in (announced, endless):
        failure = failure_from(handler, tmp_path, max_bytes=3_000_000)
        assert failure.permanent
        assert "larger than 3 MB" in failure.sentence
    assert sent < 30_000_000


def test_compressed_and_empty_files_are_refused(tmp_path: Path) -> None:
    async def zipped(talk: Conversation) -> None:
        await talk.answer(b"\x1f\x8b", content_encoding="gzip")

    async def empty(talk: Conversation) -> None:
        await talk.answer(b"")

    assert failure_from(zipped, tmp_path).permanent
    assert not failure_from(empty, tmp_path).permanent


def test_one_deadline_stands_over_the_whole_download(tmp_path: Path) -> None:
    async def drip(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        for _ in range(1000):
            await talk.send(b"x")
            await asyncio.sleep(0.05)

    failure = failure_from(drip, tmp_path, deadline_s=0.5)
    assert "too long" in failure.sentence
    assert not failure.permanent


def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    async def stall(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 500_000)
        await asyncio.sleep(30)

    async def test(server: Server) -> None:
        fetching = asyncio.create_task(fetch(server, tmp_path / "a"))
        await asyncio.sleep(0.3)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

    run_with(test, stall)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_may_come_back(tmp_path: Path) -> None:
    async def run(url: str, host: str) -> DownloadFailed:
        with pytest.raises(DownloadFailed) as caught:
            await download(url, to=tmp_path / "a", allowed_hosts=[host], max_bytes=9, deadline_s=5)
        return caught.value

    assert not asyncio.run(run("http://localhost:1/", "localhost:1")).permanent
    assert not asyncio.run(run("https://nonexistent.invalid/", "")).permanent


def test_tls_asks_for_the_name_though_the_connection_goes_by_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = make_certificate(tmp_path)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    http._tls_context.cache_clear()
    target = tmp_path / "files" / "a"

    async def run() -> None:
        async with serve(give, tls=context) as server:
            with pytest.raises(DownloadFailed):
                await fetch(server, target)
            http._tls_context.cache_clear()
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            await fetch(server, target)
            by_address = server.url.replace("localhost", "127.0.0.1") + "/"
            with pytest.raises(DownloadFailed):  # the certificate isn't for the address
                await download(
                    by_address,
                    to=target,
                    allowed_hosts=[f"127.0.0.1:{server.port}"],
                    max_bytes=9,
                    deadline_s=5,
                )

    try:
        asyncio.run(run())
    finally:
        http._tls_context.cache_clear()
    assert asked[:2] == ["localhost", "localhost"]


def test_many_downloads_at_once(tmp_path: Path) -> None:
    async def test(server: Server) -> None:
        async with DownloadClients() as clients:
            fetches = [fetch(server, tmp_path / str(n), clients=clients, deadline_s=60.0) for n in range(40)]
            results = await asyncio.gather(*fetches)
        assert {result.size_bytes for result in results} == {len(DATA)}

    run_with(test)
    assert len(list(tmp_path.iterdir())) == 40
    assert threading.active_count() < 40


TEXT = base64.b64encode(DATA).decode()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip("="),
        base64.urlsafe_b64encode(DATA).decode(),
        "\n".join(TEXT[i : i + 76] for i in range(0, len(TEXT), 76)) + "\n",
        f"data:image/png;base64,{TEXT}",
        f"DATA:image/png;charset=x;BASE64,{TEXT}",
        f"data:;base64,{TEXT.replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}",
    ],
    ids=range(7),
)
def test_base64_is_stored_as_bytes(tmp_path: Path, text: str) -> None:
    assert store_base64(text, tmp_path / "a") == Downloaded(len(DATA), hashlib.sha256(DATA).hexdigest())
    assert (tmp_path / "a").read_bytes() == DATA


@pytest.mark.parametrize("size", [1, 2, 3, 786_431, 786_432, 786_433, 786_434, 1_572_864])
def test_base64_of_every_length(tmp_path: Path, size: int) -> None:
    text = base64.b64encode(b"x" * size).decode()
    assert store_base64(text, tmp_path / "a").size_bytes == size
    assert store_base64(text.rstrip("="), tmp_path / "a").size_bytes == size


@pytest.mark.parametrize(
    "text",
    ["", "A", "!!!!", "AAAA=AAA", "AA==AAAA", "AA=" + "A" * 2_000_000, "QQ==" * 300_000, "ÄÖÜ=", "data:image/png,abc",
     "data:image/png;base64", "A===", "data:;base64,%zz"],
)  # fmt: skip
def test_what_is_no_base64_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DownloadFailed):
        store_base64(text, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_base64_has_a_cap_too(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="larger than 1 MB"):
        store_base64(TEXT, tmp_path / "a", max_bytes=1_000_000)
    assert list(tmp_path.iterdir()) == []
