"""The file of a backup: a tar whose last member is the manifest with the hash of every other. Knows no Django."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from studio.kit.errors import Invalid

MANIFEST = "manifest.json"
FORMAT = 1
_FOLDERS = ("database", "media", "secrets")
_PIECE = 1 << 20


@dataclass(slots=True)
class Manifest:
    """What a backup holds: name -> [size in bytes, SHA-256]. `missing` are files known to its database only."""

    made_at: str = ""
    vendor: str = ""
    migration: str = ""
    format: int = FORMAT
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        """Raises Invalid for what this version can't read."""
        try:
            read = cls(**json.loads(text))
            read.files = {name: (int(size), str(sha256)) for name, (size, sha256) in read.files.items()}
        except (ValueError, TypeError, AttributeError):
            raise Invalid("The backup's manifest can't be read.") from None
        if read.format != FORMAT:
            raise Invalid("The backup was made by a newer Studio. Restore it with that version.")
        return read


class Writer:
    """Adds files to a backup, hashing them as they are read."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self._tar = tar
        self.manifest = manifest

    def add(self, name: str, path: Path) -> None:
        """Add a file under a name. Raises FileNotFoundError, before anything is written."""
        with path.open("rb") as file:
            entry = _entry(name, os.fstat(file.fileno()).st_size)
            hashed = _Hashed(file)
            self._tar.addfile(entry, hashed)
        self.manifest.files[name] = (entry.size, hashed.sha256)

    def close(self) -> None:
        text = json.dumps(asdict(self.manifest), indent=1).encode()
        self._tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))


@contextmanager
def writing(target: Path, manifest: Manifest) -> Iterator[Writer]:
    """Write a backup, which appears complete and synced, readable by its owner only, or not at all."""
    part = target.with_name(f".{target.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar, manifest)
                yield writer
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def unpack(source: Path, to: Path) -> Manifest:
    """Unpack a backup into an empty folder and check every hash. Raises Invalid, saying what is wrong with it."""
    found: dict[str, tuple[int, str]] = {}
    manifest = b""
    try:
        with tarfile.open(source, mode="r|") as tar:
            for entry in tar:
                file = tar.extractfile(entry) if entry.isreg() else None
                if file is None:
                    raise Invalid(f"The backup holds something that is no file: {entry.name}.")
                if entry.name == MANIFEST:
                    manifest = file.read()
                else:
                    found[entry.name] = _put(file, to / _safe(entry.name))
    except (tarfile.TarError, EOFError) as error:
        raise Invalid(f"{source} is no whole backup of Studio: {error}.") from error
    if not manifest:
        raise Invalid(f"{source} ends before its manifest, so it is not whole.")
    read = Manifest.read(manifest)
    _compare(read.files, found)
    return read


def _compare(told: dict[str, tuple[int, str]], found: dict[str, tuple[int, str]]) -> None:
    for name in sorted({*told, *found}):
        if name not in found:
            raise Invalid(f"The backup lacks {name}. Nothing was restored.")
        if told.get(name) != found[name]:
            raise Invalid(f"{name} in the backup isn't what was backed up. Nothing was restored.")


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in _FOLDERS:
        raise Invalid(f"The backup holds a file that doesn't belong there: {name}.")
    return path


def _put(file: IO[bytes], path: Path) -> tuple[int, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as target:
        while piece := file.read(_PIECE):
            size += len(piece)
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return size, digest.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
