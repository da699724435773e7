"""Reference images: taken in, checked, and turned into what a provider gets."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from studio.catalog.markers import upload_ids
from studio.generation.models import Upload
from studio.kit.errors import Invalid
from studio.kit.images import ImageRefused, data_uri, inspect_image, prepare_reference
from studio.kit.storage import media_path, new_upload_name, temporary_path
from studio.kit.wire import JsonObject, JsonValue
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.policies import check_can_generate

MAX_UPLOAD_BYTES = 30 * 1024 * 1024
MAX_TOTAL_BYTES = 20 * 1024 * 1024


def store_upload(*, project: Project, by: User, file: "UploadedFile[bytes]") -> Upload:
    """Store a reference image as it came, after looking at its bytes. Raises Invalid with a sentence."""
    check_can_generate(project, by)
    name = (file.name or "image")[:200]
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise Invalid(f"{name} is larger than 30 MB. Choose a smaller file.")
    temporary = temporary_path()
    try:
        digest = _write(file, temporary)
        try:
            facts = inspect_image(temporary)
        except ImageRefused as refused:
            raise Invalid(f"{name}: {refused.sentence}") from refused
        stored = new_upload_name(facts.extension)
        size_bytes = temporary.stat().st_size
        temporary.replace(media_path(stored))
    finally:
        temporary.unlink(missing_ok=True)
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


def check_uploads_belong(project: Project, input: JsonObject) -> None:
    """Raise Invalid unless every upload in the input is one of this project."""
    wanted = uploads_in(input)
    found = Upload.objects.filter(project=project, id__in=wanted).count() if wanted else 0
    if found != len(wanted):
        raise Invalid("A reference image is no longer there. Add it again.")


def with_data_uris(input: JsonObject, uploads: Mapping[int, Upload]) -> JsonObject:
    """Return the input as the provider gets it: every upload replaced by a data URI of its prepared copy.

    Raises Invalid when a file is gone, or all together are too large (20 MB). Slow: decodes pictures.
    """
    sizes: list[int] = []

    def replace(upload_id: int) -> str:
        upload = uploads.get(upload_id)
        if upload is None or not media_path(upload.file).exists():
            raise Invalid("A reference image is no longer there. Add it again. Nothing was sent.")
        try:
            prepared = prepare_reference(media_path(upload.file))
        except ImageRefused as refused:
            raise Invalid(f"{upload.name}: {refused.sentence}") from refused
        sizes.append(len(prepared.data))
        if sum(sizes) > MAX_TOTAL_BYTES:
            raise Invalid("The reference images are larger than 20 MB together. Use fewer or smaller ones.")
        return data_uri(prepared)

    return {name: _replaced(value, replace) for name, value in input.items()}


def _replaced(value: JsonValue, replace: Callable[[int], str]) -> JsonValue:
    if isinstance(value, list):
        return [_replaced(part, replace) for part in value]
    ids = upload_ids(value)
    return replace(ids[0]) if ids else value
