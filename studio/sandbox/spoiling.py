"""How an answer is spoilt on its way: the words that `wire`, `poll` and `file` take. docs/sandbox.md has them all.

What can be said with another reply is one here; what only the connection shows is left to `wire`, as a manner.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from studio.sandbox.intake import refusal
from studio.sandbox.shapes import MANNERS, Reply

HTML = b"<!doctype html><title>Welcome</title><h1>Please sign in to the network</h1>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'
_FALSE = b'{"task_id": "hub-somebody-elses", "status": "failed", "ready": true, "data": null, '
_DEEP = 100_000
_BOMB_EDGE = 60_000


def is_word(word: str) -> bool:
    """Say whether an answer can be spoilt in this way."""
    return word.isdecimal() or word in WORDS or word.startswith(("http://", "https://"))


def spoil(reply: Reply, word: str) -> Reply:
    """Return the reply as this word spoils it; raise `Refusal` for a status. An unknown word spoils nothing."""
    if word.isdecimal():
        raise refusal(int(word), retry_after="1" if word == "429" else "")
    if word.startswith(("http://", "https://")):
        return Reply(302, headers={"location": word})
    if word in MANNERS:
        return replace(reply, manner=MANNERS[word])
    return _REPLIES[word](reply) if word in _REPLIES else reply


def page(status: int = 200) -> Reply:
    """The page of somebody who stands in between: a gateway, the Wi-Fi of a hotel."""
    return Reply(status, HTML, "text/html; charset=utf-8")


def _zipped(reply: Reply) -> Reply:
    headers = {**reply.headers, "content-encoding": "gzip"}
    return replace(reply, body=gzip.compress(reply.body), headers=headers)


def _nested(reply: Reply) -> Reply:
    return replace(reply, body=b'{"data": ' + b"[" * _DEEP + b"]" * _DEEP + b"}")


def _other_type(reply: Reply) -> Reply:
    """The same picture as WebP under the name and type that it had."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(reply.body)) as image:
        image.save(out, "WEBP")
    return replace(reply, body=out.getvalue())


def _bomb(reply: Reply) -> Reply:
    """A PNG of some hundred bytes that says it has 3,600 megapixels."""
    header = struct.pack(">IIBBBBB", _BOMB_EDGE, _BOMB_EDGE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return Reply(200, b"\x89PNG\r\n\x1a\n" + body, "image/png")


_REPLIES: Mapping[str, Callable[[Reply], Reply]] = {
    "html": lambda _: page(),
    "empty": lambda reply: replace(reply, body=b""),
    "truncated": lambda reply: replace(reply, body=reply.body[: len(reply.body) * 2 // 3]),
    "nested": _nested,
    "twice": lambda reply: replace(reply, body=_FALSE + reply.body[1:]),
    "gzip": _zipped,
    "svg": lambda _: Reply(200, _SVG, "image/svg+xml"),
    "bomb": _bomb,
    "othertype": _other_type,
}

# `whole` is not spoilt, and how slow `slow` is can't be said by a word.
WORDS = (*(manner for manner in MANNERS if manner not in ("whole", "slow")), *_REPLIES, "expired")
