"""Small real servers on localhost that misbehave in chosen ways."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = Callable[["Conversation"], Awaitable[None]]
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Conversation:
    """One connection: the request that came, and the way to answer it."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Send a proper answer; keyword `content_type` becomes the header content-type."""
        lines = {"content-length": str(len(body))} | {n.replace("_", "-"): v for n, v in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        await self.send(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    def reset(self) -> None:
        self.writer.transport.abort()


@dataclass
class Server:
    """What a test needs to know of its server: where it is and what it was asked."""

    port: int = 0
    scheme: str = "http"
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"


@contextlib.asynccontextmanager
async def listen(converse: RawHandler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Hand every connection on a free port of 127.0.0.1 to `converse`; give the port; leave nothing open."""
    talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def track(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks[task] = writer
        with contextlib.suppress(
            asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, asyncio.CancelledError
        ):
            await converse(reader, writer)
        writer.close()

    listening = await asyncio.start_server(track, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task, writer in talks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0.01)  # the aborted transports close in the next turns of the loop


@contextlib.asynccontextmanager
async def serve(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve each request on 127.0.0.1 with `handler` until the block ends."""
    server = Server(scheme="https" if tls else "http")

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        while not writer.transport.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
            body = await reader.readexactly(int(length[0].split(":")[1])) if length else b""
            server.heads.append(head)
            server.bodies.append(body)
            await handler(Conversation(head, body, writer))

    async with listen(converse, tls) as server.port:
        yield server


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for localhost: a server's context with it, and the file that a client may trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "cert").write_bytes(certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context, folder / "cert"
