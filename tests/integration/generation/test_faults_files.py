"""Result files when slices cross, answers are half broken, or the file's server is away."""

import asyncio
import base64
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from PIL import Image as Picture

from studio.generation.engine import claims, outcomes
from studio.generation.engine.claims import Work
from studio.generation.engine.database import Database
from studio.generation.engine.durations import durations
from studio.generation.engine.fetching import Fetcher
from studio.generation.engine.slice import run_slice
from studio.generation.engine.watching import ProviderWatch
from studio.generation.engine.work import Worker
from studio.generation.models import Generation, Status
from studio.kit import clock
from studio.kit.download import DownloadClients
from studio.kit.http import ApiClients
from studio.kit.images import inspect_image
from studio.kit.storage import media_path, new_image_name, new_incoming_name
from studio.providers.types import RemoteFile
from tests.integration.generation.conftest import Engine
from tests.integration.generation.faults import PACE


def picture() -> bytes:
    stream = io.BytesIO()
    Picture.new("RGB", (64, 48), "teal").save(stream, "PNG")
    return stream.getvalue()


def files_in(folder: str) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT, folder).rglob("*") if path.is_file()]


def fetching_work(engine: Engine, *sources: dict[str, str]) -> Work:
    """A generation whose answer has come, in the hands of slice "a"."""
    generation = engine.queue("half way").generations.get()
    key = engine.nano_banana.provider.keys.get()
    now = clock.now()
    Generation.objects.filter(id=generation.id).update(
        status=Status.FETCHING, key=key, attempt=1, submitted_at=now, ready_at=now, result_files=list(sources)
    )
    [work] = claims.claim_unfinished("a", now + timedelta(seconds=1), timedelta(minutes=1))
    return work


def unpacked() -> dict[str, str]:
    name = new_incoming_name()
    media_path(name).write_bytes(picture())
    return {"file": name}


async def carry(work: Work, for_s: float = 30) -> None:
    async with Database(0.01) as database, ApiClients() as clients, DownloadClients() as downloads:
        fetcher = Fetcher(durations(), downloads)
        watch = ProviderWatch(durations(), database, clients)
        worker = Worker("a", durations(), database, clients, fetcher, watch)
        task = asyncio.create_task(worker.carry(work))
        await asyncio.wait([task], timeout=for_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        worker.close()
        fetcher.close()


def test_a_late_slice_leaves_the_unpacked_answer_to_the_one_that_took_over(engine: Engine) -> None:
    work = fetching_work(engine, unpacked())
    Generation.objects.filter(id=work.id).update(lease_owner="b")
    asyncio.run(carry(work))
    assert files_in("images") == []

    Generation.objects.filter(id=work.id).update(lease_owner="", lease_until=None)
    engine.run()
    assert Generation.objects.get(id=work.id).status == Status.SUCCEEDED


def test_a_fetch_that_is_handed_over_leaves_no_files_behind(engine: Engine) -> None:
    work = fetching_work(engine, unpacked(), {"url": f"{engine.server.url}/nothing-here.png"})
    asyncio.run(carry(work, for_s=0.5))

    assert files_in("images") == files_in("thumbnails") == files_in("tmp") == []


def test_a_commit_whose_answer_was_lost_keeps_its_images(engine: Engine) -> None:
    """The database tells nobody whether it still committed when the connection broke: the save comes twice."""
    work = fetching_work(engine, unpacked())
    name = new_image_name("png")
    media_path(name).write_bytes(picture())
    file = outcomes.StoredFile(name, inspect_image(media_path(name)), 100, "0" * 64)
    with transaction.atomic():
        first = outcomes.stored(work, "a", clock.now(), files=[file], made=1, problem="")
        again = outcomes.stored(work, "a", clock.now(), files=[file], made=1, problem="")
    assert first == again != []


def test_a_ready_whose_answer_was_lost_keeps_its_files(engine: Engine) -> None:
    work = replace(fetching_work(engine), status=Status.RUNNING)
    Generation.objects.filter(id=work.id).update(status=Status.RUNNING, task_id="t")
    files = [unpacked()]
    assert outcomes.ready(work, "a", clock.now(), files=files, text="")
    assert outcomes.ready(work, "a", clock.now(), files=files, text="")
    assert not outcomes.ready(work, "a", clock.now(), files=[unpacked()], text="")


def test_one_broken_file_in_an_answer_does_not_cost_the_others(engine: Engine) -> None:
    good, broken = base64.b64encode(picture()).decode(), "~~~ no base64 ~~~"

    async def unpack() -> list[dict[str, str]]:
        async with DownloadClients() as downloads:
            fetcher = Fetcher(durations(), downloads)
            sources = await fetcher.unpack([RemoteFile(base64=good), RemoteFile(base64=broken)])
            fetcher.close()
            return sources

    [source] = asyncio.run(unpack())
    assert media_path(source["file"]).read_bytes() == picture()


def test_files_are_waited_for_while_their_server_is_in_trouble(engine: Engine) -> None:
    generation = engine.queue(
        "a patient collector [sandbox:file=503] [sandbox:filetimes=9]"
    ).generations.get()
    run_slice(replace(PACE, refetch_longest_s=0.2, fetch_deadline_s=60))
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED, generation.problem
