"""What an image was made from, and what was made from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.catalog.markers import upload_ids
from studio.catalog.queries import spec_of
from studio.generation.models import Batch, Generation, Image, Upload

SHOWN = 7
# More are not counted.
COUNTED = 99


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that went into an image: somebody's file, or a copy of another image of the project."""

    upload: Upload
    is_mask: bool

    @property
    def image(self) -> Image | None:
        """The image that it is a copy of, unless that one is gone."""
        image = self.upload.source
        return image if image and image.deleted_at is None else None

    @property
    def is_gone(self) -> bool:
        """Whether it is a copy of an image that is in the trash now."""
        return self.upload.source is not None and self.image is None

    @property
    def words(self) -> str:
        what = "Mask" if self.is_mask else "Reference image"
        return f"{what}, deleted since" if self.is_gone else f"{what}: {self.upload.name}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where an image came from and what came of it, newest first; `more` are those that aren't listed."""

    sources: Sequence[Source]
    results: Sequence[Image]
    more: int
    retried_id: int | None
    """The generation of which this one is a retry."""

    @property
    def has_relatives(self) -> bool:
        return bool(self.sources or self.results)

    @property
    def count_words(self) -> str:
        count = len(self.results) + self.more
        if not count:
            return ""
        words = f"{COUNTED}+" if count > COUNTED else str(count)
        return f"{words} made from it" if self.sources else words


def lineage_of(image: Image) -> Lineage:
    """Return the relatives of an image; the same number of queries however many there are."""
    made = _made_from(image)
    shown = Image.objects.select_related("generation__batch").in_bulk(made[:SHOWN])
    results = [shown[image_id] for image_id in made[:SHOWN] if image_id in shown]
    batch = image.generation.batch
    return Lineage(_sources(batch), results, len(made) - len(results), image.generation.retry_of_id)


def _made_from(image: Image) -> list[int]:
    """Return the ids of the images that were made from one, newest first, as far as they are counted.

    Step by step: for the order and the limit a database would rather go through all images of the project.
    """
    batches = Batch.objects.filter(uploads__source=image).order_by("-id").values_list("id", flat=True)
    batch_ids = list(batches[: COUNTED + 1])
    if not batch_ids:
        return []
    generations = Generation.objects.filter(batch__in=batch_ids).order_by()
    images = Image.objects.filter(
        generation__in=list(generations.values_list("id", flat=True)), deleted_at__isnull=True
    )
    return sorted(images.order_by().values_list("id", flat=True), reverse=True)[: COUNTED + 1]


def _sources(batch: Batch) -> list[Source]:
    """Return the uploads of a batch in the order of its fields, each once."""
    uploads = {upload.pk: upload for upload in batch.uploads.select_related("source").order_by("id")}
    listed = list(_named(batch)) if uploads else []
    return [Source(uploads[number], is_mask) for number, is_mask in dict(listed).items() if number in uploads]


def _named(batch: Batch) -> Iterable[tuple[int, bool]]:
    mask = spec_of(batch.model).with_role("mask")
    for name, value in batch.input.items():
        for number in upload_ids(value):
            yield number, mask is not None and name == mask.name
