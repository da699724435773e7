"""What a provider gets of the images in an input: prepared copies as data URIs, the mask in the size of its picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from studio.catalog.markers import upload_ids
from studio.catalog.models import ImageModel
from studio.catalog.queries import roles_of
from studio.catalog.validation import InvalidInput
from studio.generation.models import Upload
from studio.kit.errors import Invalid
from studio.kit.images import (
    ImageRefused,
    PreparedImage,
    data_uri,
    has_marks,
    prepare_mask,
    prepare_reference,
)
from studio.kit.storage import media_path
from studio.kit.wire import JsonObject, JsonValue
from studio.projects.models import Project

MAX_TOTAL_BYTES = 20 * 1024 * 1024
_SAME_SHAPE = 0.01


@dataclass(frozen=True, slots=True)
class MaskFields:
    """The names of the field with the mask and of the one whose first image it belongs to; empty: there is none."""

    mask: str = ""
    references: str = ""


def mask_fields(model: ImageModel) -> MaskFields:
    """Return which fields of a model belong together as a picture and its mask."""
    roles = roles_of(model)
    names = [roles[role].name if role in roles else "" for role in ("mask", "references")]
    return MaskFields(*names) if all(names) else MaskFields()


def check_mask(project: Project, model: ImageModel, input: JsonObject) -> None:
    """Check that the mask in an input marks something, and belongs to the first reference image.

    Looks at uploads of this project only; others are refused when the input is queued.
    Raises InvalidInput with a sentence for the mask's field. Slow: decodes the mask.
    """
    fields = mask_fields(model)
    uploads = Upload.objects.filter(project=project)
    picture = _first_upload(uploads, input.get(fields.references))
    for mask in uploads.in_bulk(upload_ids(input.get(fields.mask))).values():
        if sentence := _find_fault(mask, picture):
            raise InvalidInput({fields.mask: sentence})


def _find_fault(mask: Upload, picture: Upload | None) -> str:
    if picture and abs(mask.width / mask.height / (picture.width / picture.height) - 1) > _SAME_SHAPE:
        return "The mask has another shape than the first reference image. Mark the area again."
    try:
        is_blank = not has_marks(_path_of(mask))
    except FileNotFoundError:
        return "The mask is no longer there. Mark the area again."
    except ImageRefused as refused:
        return f"{mask.name}: {refused.sentence}"
    return "The mask marks nothing. Mark what may change, or remove the mask." if is_blank else ""


def _first_upload(uploads: QuerySet[Upload], value: JsonValue) -> Upload | None:
    """Return the first image of a field, None where that is none of ours."""
    first = value[0] if isinstance(value, list) and value else value
    ids = upload_ids(first)
    return uploads.filter(id=ids[0]).first() if ids else None


def with_data_uris(
    input: JsonObject, uploads: Mapping[int, Upload], fields: MaskFields | None = None
) -> JsonObject:
    """Return the input as the provider gets it: every upload replaced by a data URI of its prepared copy.

    Raises Invalid when a file is gone, or all together are too large (20 MB). Slow: decodes pictures.
    """
    fields = fields or MaskFields()
    parcel = _Parcel(uploads)
    # The mask comes last: it gets the size of the copy of its picture.
    names = sorted(input, key=lambda name: name == fields.mask)
    packed = {
        name: parcel.pack(input[name], fields if name == fields.mask else None, input) for name in names
    }
    return {name: packed[name] for name in input}


class _Parcel:
    """The images of one request, and how large they are together."""

    def __init__(self, uploads: Mapping[int, Upload]) -> None:
        self._uploads = uploads
        self._sizes: dict[int, tuple[int, int]] = {}
        self._bytes = 0

    def pack(self, value: JsonValue, mask_of: MaskFields | None, input: JsonObject) -> JsonValue:
        """Return a field's value with data URIs in place of uploads."""
        if isinstance(value, list):
            return [self.pack(part, mask_of, input) for part in value]
        if not (ids := upload_ids(value)):
            return value
        size = self._size_of_first(input.get(mask_of.references)) if mask_of else None
        return self._data_uri(ids[0], size if mask_of else None, is_mask=mask_of is not None)

    def _size_of_first(self, value: JsonValue) -> tuple[int, int] | None:
        first = value[0] if isinstance(value, list) and value else value
        ids = upload_ids(first)
        return self._sizes.get(ids[0]) if ids else None

    def _data_uri(self, upload_id: int, size: tuple[int, int] | None, *, is_mask: bool) -> str:
        upload = self._uploads.get(upload_id)
        if upload is None or not _path_of(upload).exists():
            raise Invalid("A reference image is no longer there. Add it again. Nothing was sent.")
        try:
            path = _path_of(upload)
            prepared = prepare_mask(path, size) if is_mask else prepare_reference(path)
        except ImageRefused as refused:
            raise Invalid(f"{upload.name}: {refused.sentence}") from refused
        self._count(prepared)
        self._sizes.setdefault(upload_id, (prepared.width, prepared.height))
        return data_uri(prepared)

    def _count(self, prepared: PreparedImage) -> None:
        self._bytes += len(prepared.data)
        if self._bytes > MAX_TOTAL_BYTES:
            raise Invalid("The reference images are larger than 20 MB together. Use fewer or smaller ones.")


def _path_of(upload: Upload) -> Path:
    return media_path(upload.file)
