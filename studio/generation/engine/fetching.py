"""Getting result files: download or unpack, look at the bytes, make the first thumbnail, put both in place."""

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from studio.generation import tallies
from studio.generation.engine.claims import Work
from studio.generation.engine.durations import Durations
from studio.generation.engine.outcomes import THUMBNAIL_WIDTH, StoredFile
from studio.generation.engine.schedule import backoff_s
from studio.kit import clock
from studio.kit.disk import NO_ROOM
from studio.kit.download import DownloadClients, DownloadFailed, download, store_base64
from studio.kit.fault_points import reach
from studio.kit.images import ImageFacts, ImageRefused, decode_and_thumbnail
from studio.kit.storage import media_path, new_image_name, new_incoming_name, temporary_path, thumbnail_name
from studio.providers.types import RemoteFile

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

MAX_FILE_BYTES = 100 * 1024 * 1024
LARGE_FILE_BYTES = 6 * 1024 * 1024
DOWNLOADS_AT_ONCE = 32
DECODERS = 2
MAX_TRIES = 6
MAX_UNREADABLE = 2


# What a server of signed addresses says when their time is over.
EXPIRED = (401, 403, 404, 410)

Source = Mapping[str, str]
Renew = Callable[[], Awaitable[Sequence[Source]]]


class FreshSources:
    """Addresses that are told again: asked for once, however many files need them."""

    def __init__(self, renew: Renew) -> None:
        self._renew = renew
        self._told: asyncio.Future[Sequence[Source]] | None = None

    async def at(self, position: int) -> Source:
        """Return the fresh source at this position, an empty one where there is none."""
        if self._told is None:
            self._told = asyncio.ensure_future(self._renew())
        told = await self._told
        return told[position] if position < len(told) else {}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a generation's files: those that are in place, and why others aren't (a sentence).

    `lacked_room`: they had to wait for a disk that was full.
    """

    files: list[StoredFile]
    problem: str
    lacked_room: bool = False


class Fetcher:
    """Fetches the files of many generations at once, within bounds on connections, threads and memory."""

    def __init__(self, durations: Durations, clients: DownloadClients) -> None:
        self._durations = durations
        self._clients = clients
        self._downloads = asyncio.Semaphore(DOWNLOADS_AT_ONCE)
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        self._large = asyncio.Semaphore(1)
        self._lacked_room: set[int] = set()

    def close(self) -> None:
        """End the threads. What they are doing is finished first."""
        self._decoders.shutdown()

    async def fetch(self, work: Work, renew: Renew) -> Fetched:
        """Fetch all files of a generation. Those that can't be had are left out, with the reason of the last.

        `renew` gives the addresses anew, in the same order; it is asked once, when one of them has expired.
        """
        fresh = FreshSources(renew)
        tasks = [
            asyncio.create_task(self._fetch_one(work, source, partial(fresh.at, position)))
            for position, source in enumerate(work.result_files)
        ]
        try:
            results = await asyncio.gather(*tasks)
        except BaseException:
            # Handed over, or something unforeseen: the next one starts afresh, so nothing may stay behind.
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            discard(end for end in ends if isinstance(end, StoredFile))
            raise
        files = [result for result in results if isinstance(result, StoredFile)]
        problems = [result for result in results if isinstance(result, str)]
        return Fetched(files, problems[-1] if problems else "", self.lacked_room(work.id))

    def lacked_room(self, generation_id: int) -> bool:
        """Tell whether a generation had to wait for a disk that was full since this was asked last."""
        has_lacked = generation_id in self._lacked_room
        self._lacked_room.discard(generation_id)
        return has_lacked

    async def _fetch_one(
        self, work: Work, source: Source, renewed: Callable[[], Awaitable[Source]]
    ) -> StoredFile | str:
        """Return the stored file, or the sentence why it can't be had."""
        tries = unreadable = 0
        while True:
            tries += 1
            try:
                stored = await self._try(work, source)
            except DownloadFailed as failure:
                if failure.status in EXPIRED and (fresh := await renewed()) not in ({}, source):
                    source = fresh
                    continue
                sentence, is_final = failure.sentence, failure.permanent
                is_away = failure.status is None or failure.status >= 500
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                # It is paid for: however long it takes until there is room again.
                tries -= 1
                await self._wait_for_room(work.id)
                continue
            except ImageRefused as refusal:
                unreadable += 1
                sentence, is_final, is_away = refusal.sentence, unreadable >= MAX_UNREADABLE, False
            else:
                tallies.count(tallies.DOWNLOADS, "stored")
                tallies.count(tallies.DOWNLOADED_BYTES, by=stored.size_bytes)
                return stored
            log.info("generation.file.failed id=%s try=%s final=%s", work.id, tries, is_final)
            if is_final or (tries >= MAX_TRIES and not (is_away and self._may_still_come(work))):
                tallies.count(tallies.DOWNLOADS, "given_up")
                return sentence
            tallies.count(tallies.DOWNLOADS, "again")
            pause_s = backoff_s(tries, self._durations.refetch_first_s, self._durations.refetch_longest_s)
            await asyncio.sleep(pause_s)

    async def _wait_for_room(self, generation_id: int) -> None:
        log.warning("generation.file.no_room generation=%s", generation_id)
        self._lacked_room.add(generation_id)
        await asyncio.sleep(self._durations.no_room_s)

    def _may_still_come(self, work: Work) -> bool:
        """Tell whether a server, or our own line, that is away is worth waiting for: the file is paid for."""
        waits_until = (work.ready_at or clock.now()) + timedelta(seconds=self._durations.fetch_deadline_s)
        return clock.now() < waits_until

    async def _try(self, work: Work, source: Source) -> StoredFile:
        temporary = temporary_path()
        thumbnail = temporary_path()
        try:
            size_bytes, sha256 = await self._get(work, source, temporary)
            reach("file.downloaded")
            facts = await self._decode(temporary, thumbnail, size_bytes)
            name = new_image_name(facts.extension)
            # The thumbnail first: where there is an original, there is its thumbnail.
            thumbnail.replace(media_path(thumbnail_name(name, THUMBNAIL_WIDTH)))
            temporary.replace(media_path(name))
            reach("file.in_place")
            return StoredFile(name, facts, size_bytes, sha256)
        finally:
            temporary.unlink(missing_ok=True)
            thumbnail.unlink(missing_ok=True)

    async def _get(self, work: Work, source: Source, to: Path) -> tuple[int, str]:
        if name := source.get("file"):
            return await self._in_thread(_copy, media_path(name), to)
        async with self._downloads:
            got = await download(
                source["url"],
                to=to,
                allowed_hosts=work.endpoint.allowed_hosts,
                max_bytes=MAX_FILE_BYTES,
                deadline_s=self._durations.download_deadline_s,
                clients=self._clients,
            )
        return got.size_bytes, got.sha256

    async def _decode(self, path: Path, thumbnail: Path, size_bytes: int) -> ImageFacts:
        if size_bytes < LARGE_FILE_BYTES:
            return await self._in_thread(decode_and_thumbnail, path, thumbnail, THUMBNAIL_WIDTH)
        # One large picture at a time: two of 50 megapixels would be half a gigabyte.
        async with self._large:
            return await self._in_thread(decode_and_thumbnail, path, thumbnail, THUMBNAIL_WIDTH)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call in a thread to its end: one that went on after it was cancelled would leave files behind."""
        job = asyncio.get_running_loop().run_in_executor(self._decoders, partial(call, *args, **kwargs))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait([job])
            raise

    async def unpack(self, files: Iterable[RemoteFile], generation_id: int = 0) -> list[dict[str, str]]:
        """Turn a provider's answer into what is stored on the row: addresses, or names of files written now.

        Base64 that is broken or too large is left out: this answer is all that there is of it.
        """
        sources = []
        for file in files:
            try:
                name = file.base64 and await self._unpack(file.base64, generation_id)
            except DownloadFailed as failure:
                log.warning("generation.answer.broken: %s", failure.sentence)
            else:
                sources.append({"file": name} if name else {"url": file.url})
        return sources

    async def _unpack(self, text: str, generation_id: int) -> str:
        """Write an answer to disk; while that is full, this is the only copy, and waits in memory."""
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._decoders, _unpack, text)
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                await self._wait_for_room(generation_id)


def discard(files: Iterable[StoredFile]) -> None:
    """Remove files whose row was lost to another slice."""
    for file in files:
        media_path(file.name).unlink(missing_ok=True)
        media_path(thumbnail_name(file.name, THUMBNAIL_WIDTH)).unlink(missing_ok=True)


def forget_unpacked(sources: Iterable[Mapping[str, str]]) -> None:
    """Remove the unpacked copies of base64 answers, once their images are stored."""
    for source in sources:
        if name := source.get("file"):
            media_path(name).unlink(missing_ok=True)


def _unpack(text: str) -> str:
    name = new_incoming_name()
    store_base64(text, media_path(name), max_bytes=MAX_FILE_BYTES)
    return name


def _copy(source: Path, to: Path) -> tuple[int, str]:
    """Copy rather than move: until the row is committed, the unpacked answer is the only copy that it knows."""
    try:
        shutil.copyfile(source, to)
    except FileNotFoundError as missing:
        raise DownloadFailed(
            "The file that the provider sent is no longer on disk.", permanent=True
        ) from missing
    with to.open("rb") as stream:
        return to.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()
