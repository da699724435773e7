"""No spelling, redirect or answer of a name server leads the real download to a place of our own network.

A trap listens on all of this machine's addresses and counts who connects: nobody may.
"""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from studio.kit.download import DownloadClients, DownloadFailed, download
from tests.integration.kit.servers import Conversation, Server, serve
from tests.unit.kit.test_addresses import NOT_PUBLIC, SPELLINGS

pytestmark = pytest.mark.any_database

Answers = Callable[[str, int], list[str]]
_REAL = socket.getaddrinfo


class Trap:
    """A port on which nobody may knock; `knocks` counts those who did."""

    def __init__(self) -> None:
        self.port = 0
        self.knocks = 0


@asynccontextmanager
async def a_trap() -> AsyncIterator[Trap]:
    trap = Trap()

    async def knock(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trap.knocks += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
        writer.close()

    server = await asyncio.start_server(knock, "0.0.0.0", 0)
    trap.port = server.sockets[0].getsockname()[1]
    both = await asyncio.start_server(knock, "::1", trap.port)
    async with server, both:
        yield trap


async def refused(url: str, to: Path, clients: DownloadClients, *, allowed: str = "") -> DownloadFailed:
    with pytest.raises(DownloadFailed) as caught:
        await download(url, to=to, allowed_hosts=[allowed], max_bytes=1000, deadline_s=10, clients=clients)
    return caught.value


def literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def answer_names(monkeypatch: pytest.MonkeyPatch, answers: Answers) -> list[str]:
    """Be the name server for names that end in .test; return the names that were asked for."""
    asked: list[str] = []

    def look_up(host: str, port: int, *rest: int, **named: int) -> object:
        if not str(host).endswith(".test"):
            return _REAL(host, port, *rest, **named)
        asked.append(host)
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in answers(host, len(asked))
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_address_and_no_spelling_is_knocked_at(tmp_path: Path, scheme: str) -> None:
    hosts = [literal(address) for address in NOT_PUBLIC] + SPELLINGS
    assert len(NOT_PUBLIC) >= 60
    assert len(SPELLINGS) >= 40

    async def run() -> int:
        async with a_trap() as trap, DownloadClients() as clients:
            for host in hosts:
                await refused(f"{scheme}://{host}:{trap.port}/a.png", tmp_path / "a", clients)
            return trap.knocks

    assert asyncio.run(run()) == 0
    assert list(tmp_path.iterdir()) == []


def test_no_redirect_leads_there(tmp_path: Path) -> None:
    led_to = ""

    async def redirect(talk: Conversation) -> None:
        await talk.answer(b"", "302 Found", location=led_to)

    async def run() -> int:
        nonlocal led_to
        async with a_trap() as trap, serve(redirect) as server, DownloadClients() as clients:
            hosts = [literal(address) for address in NOT_PUBLIC]
            # A header holds no other characters, and one without a host leads back to where it came from.
            hosts += [host for host in SPELLINGS if host and host.isascii() and host.isprintable()]
            for host, start in itertools.product(hosts, ("https://", "//")):
                led_to = f"{start}{host}:{trap.port}/x"
                await refused(server.url + "/a", tmp_path / "a", clients, allowed=server.host)
            assert len(server.heads) == 2 * len(hosts)
            return trap.knocks

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_name_with_a_private_address_among_public_ones_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: str
) -> None:
    for mixed in (
        [private],
        ["8.8.8.8", private],
        [private, "8.8.8.8"],
        ["2606:4700::1111", "8.8.8.8", private],
    ):
        answer_names(monkeypatch, lambda _host, _count, mixed=mixed: mixed)  # type: ignore[misc]

        async def run() -> tuple[int, bool]:
            async with a_trap() as trap, DownloadClients() as clients:
                failure = await refused(f"https://cdn.test:{trap.port}/a.png", tmp_path / "a", clients)
                return trap.knocks, failure.permanent

        assert asyncio.run(run()) == (0, True), mixed


def test_a_name_that_changes_its_answer_is_looked_up_once_for_each_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again after the check gets the private address: nobody asks again."""
    asked = answer_names(monkeypatch, lambda _host, count: ["8.8.8.8"] if count == 1 else ["127.0.0.1"])
    gone_to: list[tuple[str, int]] = []

    async def run() -> tuple[int, DownloadFailed]:
        async with a_trap() as trap, DownloadClients() as clients:
            connect = asyncio.get_running_loop().sock_connect

            async def note(connection: socket.socket, address: tuple[str, int]) -> None:
                gone_to.append(address)
                if address[0] == "8.8.8.8":
                    raise ConnectionRefusedError
                await connect(connection, address)

            monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", note)
            first = await refused(f"https://rebind.test:{trap.port}/a.png", tmp_path / "a", clients)
            await refused(f"https://rebind.test:{trap.port}/a.png", tmp_path / "a", clients)
            return trap.knocks, first

    knocks, failure = asyncio.run(run())
    assert knocks == 0
    assert [address[0] for address in gone_to] == ["8.8.8.8"]
    assert not failure.permanent
    assert asked == ["rebind.test", "rebind.test"]


def test_nothing_of_the_surroundings_goes_along_to_a_host_of_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy of the environment, nor a password file, nor what the first host set or said."""

    async def hop(talk: Conversation) -> None:
        if talk.head.startswith("GET /second"):
            await talk.answer(b"picture", set_cookie="b=2")
        else:
            await talk.answer(b"", "302 Found", location="/second?token=1", set_cookie="a=1")

    async def run() -> tuple[int, Server]:
        async with a_trap() as proxy, serve(hop) as server, DownloadClients() as clients:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            netrc = tmp_path / "netrc"
            netrc.write_text("machine localhost login me password secret\n")
            monkeypatch.setenv("NETRC", str(netrc))
            for path in ("/first", "/second"):
                await download(
                    server.url + path,
                    to=tmp_path / "a",
                    allowed_hosts=[server.host],
                    max_bytes=1000,
                    deadline_s=10,
                    clients=clients,
                )
            return proxy.knocks, server

    knocks, server = asyncio.run(run())
    assert knocks == 0
    assert len(server.heads) == 3
    names = {
        line.partition(":")[0].lower() for head in server.heads for line in head.split("\r\n")[1:] if line
    }
    assert names == {"host", "accept", "accept-encoding", "user-agent"}
