"""Looks for a secret in everything that a Studio keeps, says and sends: as it is, in an address, in base64.

The forms are made here once more, not taken from the code that blots them out.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile, is_zipfile

from django.db import connection

_BASE64 = re.compile(rb"[A-Za-z0-9+/_=-]{16,}")
_DEEP = 4


def needles(secret: str) -> list[bytes]:
    """Return what gives the secret away. In base64, of which the ends depend on what stands around, its middle."""
    inner = []
    for shift in range(3):
        text = base64.b64encode(("x" * shift + secret).encode())
        # The first four characters hold what stands before, the last four may hold what stands behind.
        inner.append(text[4:-4] if shift else text[:-4])
    safe = [form.translate(bytes.maketrans(b"+/", b"-_")) for form in inner]
    return [secret.encode(), quote(secret, safe="").encode(), *inner, *safe]


class Search:
    """Collects where a secret was found; `places` are empty when nothing leaked."""

    def __init__(self, secret: str) -> None:
        self._needles = needles(secret)
        self.places: list[str] = []

    def look(self, place: str, text: object) -> None:
        """Look into a text, some bytes, or whatever a database gives; also into what is packed in it."""
        data = text if isinstance(text, bytes) else str(text).encode()
        if any(needle in layer for layer in _layers(data, _DEEP) for needle in self._needles):
            self.places.append(place)

    def look_into_database(self) -> int:
        """Look into every column of every table; return how many values there were."""
        count = 0
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                names = [column[0] for column in cursor.description]
                for row in cursor.fetchall():
                    for name, value in zip(names, row, strict=True):
                        count += 1
                        self.look(f"{table}.{name}", _plain(value))
        return count

    def look_into_files(self, folder: Path) -> None:
        for file in folder.rglob("*"):
            if file.is_file():
                self.look(str(file.relative_to(folder)), file.read_bytes())
                if is_zipfile(file):
                    self.look_into_zip(str(file), file)

    def look_into_zip(self, place: str, file: Any) -> None:
        with ZipFile(file) as archive:
            for name in archive.namelist():
                self.look(f"{place}: {name}", archive.read(name))


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    """Yield the bytes and what is in them in base64, compressed or not: queue, sessions and cache pack like that."""
    yield data
    if depth == 0:
        return
    for packed in _unpacked(data):
        yield from _layers(packed, depth - 1)


def _unpacked(data: bytes) -> Iterable[bytes]:
    for run in _BASE64.findall(data):
        # A dot or colon before it may have been a sign of the signer's; a wrong beginning gives nonsense, and no harm.
        padded = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            raw = base64.b64decode(padded + b"=" * (-len(padded) % 4))
        except binascii.Error:
            continue
        yield raw
        try:
            yield zlib.decompress(raw)
        except zlib.error:
            continue
