"""The copies that guests get: upright, in sRGB, of limited size and without metadata; never the provider's bytes."""

from threading import Lock

from django.http import Http404

from studio.gallery.files import THUMBNAIL_WIDTHS
from studio.generation.models import Image
from studio.kit.file_answer import StoredFile
from studio.kit.images import make_thumbnails
from studio.kit.storage import media_path, thumbnail_name

COPY_WIDTH = max(THUMBNAIL_WIDTHS)
# One at a time: decoding takes up to 300 MB.
_making = Lock()


def copy_of(image: Image, width: int, *, download_name: str = "") -> StoredFile:
    """Return the copy of one of the sizes that there are, made now where the engine hasn't yet.

    Browsers keep it but ask each time whether they may show it, since a link can end.
    """
    nearest = min(THUMBNAIL_WIDTHS, key=lambda made: (abs(made - width), -made))
    path = media_path(thumbnail_name(image.file, nearest))
    if not path.exists():
        with _making:
            if not path.exists():
                _make(image, nearest)
    return StoredFile(path, "image/webp", f"copy-{image.pk}-{nearest}", 0, download_name)


def _make(image: Image, width: int) -> None:
    try:
        make_thumbnails(media_path(image.file), {width: media_path(thumbnail_name(image.file, width))})
    except FileNotFoundError as error:
        raise Http404("The file is gone.") from error
