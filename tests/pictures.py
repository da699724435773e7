"""Stored images for tests: the rows that the engine would have written, and real files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image as Pillow

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.generation.events import images_added
from studio.generation.models import Batch, Generation, Image, Status, TimelineEntry, Upload
from studio.kit.clock import now
from studio.kit.images import make_thumbnails
from studio.kit.storage import media_path, new_image_name, new_upload_name, thumbnail_name
from studio.people.models import User
from studio.projects.models import Project
from studio.spending import actions as spending
from studio.spending.models import Hold

PROMPT = "Layered mountain ridges at dusk"
ENGINE_WIDTH = 640


def encode(width: int = 32, height: int = 24, *, image_format: str = "png", colour: str = "teal") -> bytes:
    data = BytesIO()
    Pillow.new("RGB", (width, height), colour).save(data, image_format.upper())
    return data.getvalue()


def make_batch(
    project: Project,
    author: User,
    *,
    prompt: str = PROMPT,
    model: tuple[str, str] = ("mountsea", "nano-banana-2"),
    uploads: Sequence[Upload] = (),
    **given: Any,
) -> Batch:
    """Create a batch for a model (provider and slug); `uploads` are its reference images."""
    provider, slug = model
    found = ImageModel.objects.filter(provider__slug=provider, slug=slug).select_related("schema").first()
    if found is None or found.schema is None:
        install_catalog()
        return make_batch(project, author, prompt=prompt, model=model, uploads=uploads, **given)
    field = "image_urls" if provider == "mountsea" else "images"
    references = {field: [{"upload": upload.pk} for upload in uploads]} if uploads else {}
    batch = Batch.objects.create(
        project=project,
        author=author,
        model=found,
        schema=found.schema,
        prompt=prompt,
        input={"prompt": prompt, **references, **given},
    )
    batch.uploads.set(uploads)
    return batch


def make_generation(
    batch: Batch, *, status: Status = Status.SUCCEEDED, hold: Hold | None = None, **fields: Any
) -> Generation:
    """Create a generation of a batch with its hold; one that has ended took twelve seconds."""
    is_done = status == Status.SUCCEEDED
    hold = hold or spending.hold(project=batch.project, by=batch.author, images=1, model=batch.model)
    if is_done:
        spending.settle(hold.pk, images=1)
        hold.refresh_from_db()
    # As late as can be: the row says itself when it was created, and its waits are told from that.
    at = now()
    times = {"submitted_at": at + timedelta(seconds=0.4), "ready_at": at + timedelta(seconds=11.6)}
    ended = {**times, "finished_at": at + timedelta(seconds=12), "task_id": "hub-7c1e9a02-4d1b"}
    return Generation.objects.create(
        batch=batch,
        project=batch.project,
        author=batch.author,
        model=batch.model,
        status=status,
        hold=hold,
        **{**(ended if is_done else {"next_action_at": at}), **fields},
    )


def store_image(
    generation: Generation,
    data: bytes | None = None,
    *,
    at: datetime | None = None,
    image_format: str = "png",
    widths: tuple[int, ...] = (ENGINE_WIDTH,),
) -> Image:
    """Store the bytes of a result as the engine does: file, thumbnails and row."""
    data = data or encode(image_format=image_format)
    name = new_image_name({"jpeg": "jpg"}.get(image_format, image_format))
    media_path(name).write_bytes(data)
    make_thumbnails(media_path(name), {width: media_path(thumbnail_name(name, width)) for width in widths})
    with Pillow.open(BytesIO(data)) as picture:
        width, height = picture.size
    image = Image.objects.create(
        generation=generation,
        project=generation.project,
        author=generation.author,
        model_id=generation.model.entry_id,
        position=generation.images.count(),
        file=name,
        thumbnail_widths=list(widths),
        format=image_format,
        width=width,
        height=height,
        size_bytes=len(data),
        sha256=sha256(data).hexdigest(),
    )
    images_added([image.id])
    if at:
        Image.objects.filter(id=image.id).update(created_at=at)
        image.created_at = at
    return image


def make_image(project: Project, author: User, *, prompt: str = PROMPT, **options: Any) -> Image:
    """Store an image of a batch of its own."""
    return store_image(make_generation(make_batch(project, author, prompt=prompt)), **options)


def make_upload(project: Project, author: User, data: bytes | None = None) -> Upload:
    """Store a reference image."""
    data = data or encode()
    name = new_upload_name("png")
    media_path(name).write_bytes(data)
    facts = {"format": "png", "width": 32, "height": 24, "size_bytes": len(data)}
    return Upload.objects.create(
        project=project,
        author=author,
        file=name,
        name="reference.png",
        sha256=sha256(data).hexdigest(),
        **facts,
    )


def note_timeline(generation: Generation) -> None:
    """Write the steps of an ordinary life."""
    at = generation.created_at
    steps = [
        ("queued", 0.0, {}),
        ("held", 0.0, {"images": 1}),
        ("sending", 0.4, {"key": "Hub main ····7f3a"}),
        ("accepted", 0.8, {"task_id": "hub-7c1e9a02-4d1b"}),
        ("ready", 11.6, {"polls": 7}),
        ("stored", 12.0, {"images": 1, "size_bytes": 6_100_000}),
        ("settled", 12.0, {"images": 1}),
    ]
    TimelineEntry.objects.bulk_create(
        TimelineEntry(generation=generation, kind=kind, at=at + timedelta(seconds=after), data=data)
        for kind, after, data in steps
    )
