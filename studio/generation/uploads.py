"""Pictures to start from: taken in, checked, copied from the gallery, and thrown away when nobody used them."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.text import Truncator

from studio.catalog.markers import upload_ids
from studio.generation.models import Batch, Image, LimitRequest, Upload
from studio.kit import clock
from studio.kit.errors import Invalid
from studio.kit.images import ImageRefused, decode_and_thumbnail, make_thumbnails
from studio.kit.storage import media_path, new_upload_name, temporary_path, thumbnail_name
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.policies import check_can_generate

LARGEST_MB = 30
THUMBNAIL_WIDTH = 320
KEEP_UNUSED = timedelta(days=7)


def store_upload(*, project: Project, by: User, file: "UploadedFile[bytes]") -> Upload:
    """Store a reference image as it came, after looking at its bytes. Raises Invalid with a sentence."""
    check_can_generate(project, by)
    name = (file.name or "image")[:200]
    if not file.size:
        raise Invalid(f"“{name}” is empty. Choose another file.")
    if file.size > LARGEST_MB * 1024 * 1024:
        raise Invalid(f"“{name}” is larger than {LARGEST_MB} MB. Choose a smaller file.")
    temporary, small = temporary_path(), temporary_path()
    try:
        digest = _write(file, temporary)
        try:
            facts = decode_and_thumbnail(temporary, small, THUMBNAIL_WIDTH)
        except ImageRefused as refused:
            raise Invalid(f"“{name}” was left out. {refused.sentence}") from refused
        stored = new_upload_name(facts.extension)
        size_bytes = temporary.stat().st_size
        temporary.replace(media_path(stored))
        small.replace(media_path(thumbnail_name(stored, THUMBNAIL_WIDTH)))
    finally:
        temporary.unlink(missing_ok=True)
        small.unlink(missing_ok=True)
    return Upload.objects.create(
        project=project,
        author=by,
        file=stored,
        name=name,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        size_bytes=size_bytes,
        sha256=digest,
    )


def use_image(*, image: Image, by: User) -> Upload:
    """Return the upload that is a copy of a gallery image; it is made when the image is used for the first time."""
    check_can_generate(image.project, by)
    # Used again, it is as good as new: nobody takes it for forgotten.
    if Upload.objects.filter(source=image).update(created_at=clock.now()):
        return Upload.objects.get(source=image)
    stored = new_upload_name(Path(image.file).suffix)
    _copy(media_path(image.file), media_path(stored))
    _copy_thumbnail(image, stored)
    try:
        with transaction.atomic():
            return Upload.objects.create(
                project=image.project,
                author=by,
                source=image,
                file=stored,
                name=_name_of(image),
                format=image.format,
                width=image.width,
                height=image.height,
                size_bytes=image.size_bytes,
                sha256=image.sha256,
            )
    except IntegrityError:
        # Somebody else used it in the same moment.
        _delete_files(stored)
        return Upload.objects.get(source=image)


def _name_of(image: Image) -> str:
    """Return what a copy of an image is called: the beginning of its prompt, since the file's name says nothing."""
    words = " ".join(image.generation.batch.prompt[:200].split())
    return str(Truncator(words).chars(60)) or "Image without a prompt"


def remove_unused_uploads(older_than: timedelta = KEEP_UNUSED) -> int:
    """Delete the uploads that no batch uses, and none that waits, and that are older than this; return how many."""
    before = clock.now() - older_than
    unused = Upload.objects.filter(batches=None, waiting=None, created_at__lt=before)
    removed = 0
    for upload_id in list(unused.order_by("id").values_list("id", flat=True)):
        with transaction.atomic():
            # Locked, and asked again: a press of the button may be about to use it.
            upload = Upload.objects.select_for_update().filter(id=upload_id).first()
            is_used = any(
                rows.filter(uploads=upload_id).exists() for rows in (Batch.objects, LimitRequest.objects)
            )
            if upload is None or is_used or upload.created_at >= before:
                continue
            upload.delete()
        _delete_files(upload.file)
        removed += 1
    return removed


def _delete_files(name: str) -> None:
    media_path(name).unlink(missing_ok=True)
    media_path(thumbnail_name(name, THUMBNAIL_WIDTH)).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Give a file a second name; where the disk can't do that, a second file. Raises Invalid when it is gone."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise Invalid("The file of this image is gone, so it can't be used.") from None
    except OSError:
        shutil.copyfile(source, target)


def _copy_thumbnail(image: Image, stored: str) -> None:
    """Give the copy its small picture: the image's own, or one made from the smallest that is large enough."""
    target = media_path(thumbnail_name(stored, THUMBNAIL_WIDTH))
    made = sorted(width for width in image.thumbnail_widths if width >= THUMBNAIL_WIDTH)
    names = [thumbnail_name(image.file, width) for width in made]
    source = next((path for name in names if (path := media_path(name)).exists()), media_path(image.file))
    if made and source == media_path(thumbnail_name(image.file, THUMBNAIL_WIDTH)):
        _copy(source, target)
    else:
        make_thumbnails(source, {THUMBNAIL_WIDTH: target})


def store_files(
    *, project: Project, by: User, files: Sequence["UploadedFile[bytes]"]
) -> tuple[list[Upload], list[str]]:
    """Store the images among the files that a form brought. Return them, and a sentence for each of the others."""
    stored, sentences = [], []
    for file in files:
        try:
            stored.append(store_upload(project=project, by=by, file=file))
        except Invalid as refusal:
            sentences.append(refusal.sentence)
    return stored, sentences


def _write(file: "UploadedFile[bytes]", target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as stream:
        for chunk in file.chunks():
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def uploads_in(input: JsonObject) -> set[int]:
    """Return the ids of all uploads that an input refers to."""
    return {upload_id for value in input.values() for upload_id in upload_ids(value)}


def lock_uploads(project: Project, input: JsonObject) -> None:
    """Keep the uploads in the input from being deleted until the transaction ends.

    Raises Invalid unless every one of them is there and of this project.
    """
    wanted = uploads_in(input)
    locked = Upload.objects.select_for_update().filter(project=project, id__in=wanted).order_by("id")
    if wanted and len(locked) != len(wanted):
        raise Invalid("A reference image is no longer there. Add it again.")
