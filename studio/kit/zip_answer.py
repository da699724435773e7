"""Answers with many stored files in one ZIP, which is made while it is sent.

Nothing is compressed, since pictures are already: so its size is known before, and the browser shows how far it is.
No file is held in memory or copied to disk. ZIP64 is used where a size needs it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from zipstream import ZIP_STORED, ZipStream

__all__ = ["ZipStream", "answer_with_zip", "make_zip"]


def make_zip(files: Iterable[tuple[str, Path]], texts: Mapping[str, str]) -> ZipStream:
    """Return a ZIP that is yet to be sent: files on disk and short texts, by their names in it.

    Looks at each file for its size. Raises FileNotFoundError; so leave out before what isn't there.
    """
    archive = ZipStream(compress_type=ZIP_STORED, sized=True)
    for name, path in files:
        archive.add_path(path, name, recurse=False)
    for name, text in texts.items():
        archive.add(text.encode(), name)
    return archive


def answer_with_zip(archive: ZipStream, *, name: str) -> StreamingHttpResponse:
    """Answer with a ZIP as a download of this name."""
    response = StreamingHttpResponse(_sent(iter(archive)), content_type="application/zip")
    response["Content-Length"] = str(len(archive))
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _sent(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the ZIP, each piece read in a thread: a slow disk must not hold up other readers."""
    while chunk := await asyncio.to_thread(next, chunks, b""):
        yield chunk
