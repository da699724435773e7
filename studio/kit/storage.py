"""Where files lie on disk: names are ours and random, and never lead out of the media folder."""

import secrets
from pathlib import Path

from django.conf import settings

from studio.kit.ids import random_name


def media_path(name: str) -> Path:
    """Return the path of a stored file, with its folder made.

    Raises ValueError for a name that leads out of the media folder.
    """
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if path == root or not path.is_relative_to(root):
        raise ValueError("a file name leads out of the media folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def new_image_name(extension: str) -> str:
    """Return an unused name for a result, such as "images/7q/7q…k.png"."""
    return _new_name("images", extension)


def new_upload_name(extension: str) -> str:
    """Return an unused name for a reference image that a person gave."""
    return _new_name("uploads", extension)


def thumbnail_name(name: str, width: int) -> str:
    """Return the name of the thumbnail of a stored file, such as "thumbnails/7q/7q…k-640.webp"."""
    path = Path(name)
    return f"thumbnails/{path.parent.name}/{path.stem}-{width}.webp"


def temporary_path() -> Path:
    """Return an unused path on the media folder's file system, so that `os.replace` into place is atomic."""
    return media_path(f"tmp/{secrets.token_hex(16)}")


def new_incoming_name() -> str:
    """Return an unused name for an answer's file that waits to be looked at."""
    return _new_name("incoming", "bin")


def _new_name(folder: str, extension: str) -> str:
    """Spread the files over folders: one with a million entries is slow to list and to back up."""
    stem = random_name()
    return f"{folder}/{stem[:2]}/{stem}.{extension.lower().lstrip('.')}"
