"""The file of a backup: whatever is wrong with it is said, and nothing outside of the folder is ever written."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from studio.kit.errors import Invalid
from studio.operations.backup.archive import Manifest, unpack, writing


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of two files, the second of which is larger than what is read at once."""
    (tmp_path / "copy").write_bytes(b"database")
    (tmp_path / "picture").write_bytes(b"picture" * 300_000)
    target = tmp_path / "studio.backup"
    with writing(target, Manifest(vendor="sqlite")) as writer:
        writer.add("database/copy", tmp_path / "copy")
        writer.add("media/images/ab/abc.png", tmp_path / "picture")
    return target


def refusal(backup: Path, to: Path) -> str:
    with pytest.raises(Invalid) as refused:
        unpack(backup, to)
    return refused.value.sentence


def write_in_vain(target: Path, folder: Path) -> None:
    with writing(target, Manifest()) as writer:
        writer.add("database/copy", folder / "copy")
        writer.add("media/gone.png", folder / "gone.png")


def foreign(path: Path, name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> Path:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
    with tarfile.open(path, "w") as tar:
        tar.addfile(entry, io.BytesIO(content))
    return path


def test_what_was_put_in_comes_out(backup: Path, tmp_path: Path) -> None:
    manifest = unpack(backup, tmp_path / "out")
    assert (tmp_path / "out/media/images/ab/abc.png").read_bytes() == b"picture" * 300_000
    assert manifest.files["database/copy"] == (8, hashlib.sha256(b"database").hexdigest())
    assert set(manifest.files) == {"database/copy", "media/images/ab/abc.png"}
    assert backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_backup_that_is_cut_off(backup: Path, tmp_path: Path, share: float) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content.rstrip(b"\0")) * share)])
    assert refusal(backup, tmp_path / "out")


def test_a_byte_that_has_changed(backup: Path, tmp_path: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[content.index(b"picturepicture") + 1000] ^= 1
    backup.write_bytes(content)
    assert refusal(backup, tmp_path / "out") == (
        "media/images/ab/abc.png in the backup isn't what was backed up. Nothing was restored."
    )


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "media/../../outside", "elsewhere/x"])
def test_a_file_that_does_not_belong_there(tmp_path: Path, name: str) -> None:
    words = refusal(foreign(tmp_path / "bad", name), tmp_path / "a" / "out")
    assert words == f"The backup holds a file that doesn't belong there: {name}."
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_no_links_and_no_folders(tmp_path: Path, kind: bytes) -> None:
    words = refusal(foreign(tmp_path / "bad", "media/x", b"", kind), tmp_path / "out")
    assert words == "The backup holds something that is no file: media/x."


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"[]", "The backup's manifest can't be read."),
        (b"nonsense", "The backup's manifest can't be read."),
        (
            json.dumps({"format": 2}).encode(),
            "The backup was made by a newer Studio. Restore it with that version.",
        ),
        (
            json.dumps({"files": {"media/x": [1, "0"]}}).encode(),
            "The backup lacks media/x. Nothing was restored.",
        ),
    ],
)
def test_a_manifest_that_cannot_be_used(tmp_path: Path, manifest: bytes, words: str) -> None:
    assert refusal(foreign(tmp_path / "bad", "manifest.json", manifest), tmp_path / "out") == words


def test_no_tar_at_all(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"GIF89a" * 1000)
    assert "is no whole backup of Studio" in refusal(tmp_path / "bad", tmp_path / "out")


def test_a_backup_that_fails_leaves_the_one_of_before(backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(FileNotFoundError):
        write_in_vain(backup, tmp_path)
    assert backup.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
