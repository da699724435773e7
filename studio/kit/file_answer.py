"""Answers with a stored file's bytes: streamed from disk, kept by the browser, safe whatever they contain.

Under ASGI Django's FileResponse reads the whole file into memory, so the bytes come from an async iterator.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

CHUNK_BYTES = 64 * 1024
YEAR_S = 31_536_000
# Opened on its own, a file is a document of this site: it must not be able to do anything here.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file to answer with. `etag` names its bytes; `max_age_s` is how long they may be kept unasked."""

    path: Path
    content_type: str
    etag: str
    max_age_s: int = YEAR_S
    download_name: str = ""


async def answer_with(file: StoredFile, request: HttpRequest) -> HttpResponseBase:
    """Answer a GET or HEAD with the file: whole, one range of it, or 304. Raises Http404 when it is gone."""
    if _is_known(file, request):
        return _dress(HttpResponse(status=304), file)
    try:
        size = (await asyncio.to_thread(file.path.stat)).st_size
    except FileNotFoundError as error:
        raise Http404("The file is gone.") from error
    wanted = _range(request, file, size)
    if wanted is not None and not wanted:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = wanted or range(size)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=file.content_type)
    else:
        response = StreamingHttpResponse(_read(file.path, part), content_type=file.content_type)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Content-Length"] = str(len(part))
    return _dress(response, file)


async def _read(path: Path, part: range) -> AsyncIterator[bytes]:
    """Yield a part of the file, each chunk read in a thread: a slow disk must not hold up the other readers.

    Opened only here, since who goes away before the first byte leaves the iterator unstarted.
    """
    with await asyncio.to_thread(FileIO, path) as opened:
        await asyncio.to_thread(opened.seek, part.start)
        left = len(part)
        while left > 0:
            chunk = await asyncio.to_thread(opened.read, min(CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


def _dress(response: HttpResponseBase, file: StoredFile) -> HttpResponseBase:
    response["ETag"] = f'"{file.etag}"'
    # Private: what a shared cache keeps, it would give to those who may not see it.
    kept = f"private, max-age={file.max_age_s}"
    response["Cache-Control"] = f"{kept}, immutable" if file.max_age_s == YEAR_S else kept
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if disposition := content_disposition_header(bool(file.download_name), file.download_name):
        response["Content-Disposition"] = disposition
    return response


def _is_known(file: StoredFile, request: HttpRequest) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or any(etag.removeprefix("W/") == f'"{file.etag}"' for etag in known)


def _range(request: HttpRequest, file: StoredFile, size: int) -> range | None:
    """Return the part that is asked for; an empty one can't be given; None: all of it."""
    if request.headers.get("If-Range", f'"{file.etag}"') != f'"{file.etag}"':
        return None
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", request.headers.get("Range", ""))
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
