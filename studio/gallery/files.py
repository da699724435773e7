"""Which stored file answers a request for an image's bytes. Names come from rows, never from an address."""

from collections.abc import Iterable

from studio.generation.models import Image, Upload
from studio.generation.uploads import THUMBNAIL_WIDTH
from studio.kit.file_answer import StoredFile
from studio.kit.storage import media_path, thumbnail_name

# By the format that the bytes turned out to be; anything else is never shown as a document.
CONTENT_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
# Every width that a thumbnail may have, whether or not its row tells of it yet.
THUMBNAIL_WIDTHS = (320, 640, 1280)
# How long a stand-in may be kept: until the thumbnail has surely been made.
STAND_IN_S = 60


def original_of(image: Image, *, project_slug: str, as_download: bool = False) -> StoredFile:
    """Return the provider's bytes, for a download under a name that says where they come from."""
    name = f"{project_slug}-{image.pk}.{EXTENSIONS.get(image.format.lower(), 'bin')}"
    return StoredFile(
        path=media_path(image.file),
        content_type=_content_type(image.format),
        etag=image.sha256,
        download_name=name if as_download else "",
    )


def thumbnail_of(image: Image, width: int) -> StoredFile:
    """Return the thumbnail of this width, else the nearest one, else the original."""
    widths: list[int] = image.thumbnail_widths
    if not widths:
        return StoredFile(media_path(image.file), _content_type(image.format), image.sha256, STAND_IN_S)
    nearest = min(widths, key=lambda made: (abs(made - width), -made))
    path, etag = media_path(thumbnail_name(image.file, nearest)), f"{image.sha256}-{nearest}"
    if nearest != width:
        return StoredFile(path, CONTENT_TYPES["webp"], etag, STAND_IN_S)
    return StoredFile(path, CONTENT_TYPES["webp"], etag)


def upload_of(upload: Upload) -> StoredFile:
    """Return the bytes of a reference image."""
    return StoredFile(media_path(upload.file), _content_type(upload.format), upload.sha256)


def upload_thumbnail_of(upload: Upload) -> StoredFile:
    """Return the small picture of a reference image; the whole one where an old upload has none."""
    path = media_path(thumbnail_name(upload.file, THUMBNAIL_WIDTH))
    if not path.exists():
        return upload_of(upload)
    return StoredFile(path, CONTENT_TYPES["webp"], f"{upload.sha256}-{THUMBNAIL_WIDTH}")


def _content_type(image_format: str) -> str:
    return CONTENT_TYPES.get(image_format.lower(), "application/octet-stream")


def delete_files(images: Iterable[Image]) -> None:
    """Delete the original and every thumbnail of these images; what is already gone is fine."""
    for image in images:
        widths = {*THUMBNAIL_WIDTHS, *image.thumbnail_widths}
        for name in (image.file, *(thumbnail_name(image.file, width) for width in widths)):
            media_path(name).unlink(missing_ok=True)
