"""Thumbnails that are not needed at once: the card lives on the engine's 640 px, these are for other places."""

import logging

from django.db import transaction
from django_q.tasks import async_task

from studio.generation.models import Image
from studio.kit.images import make_thumbnails as write_thumbnails
from studio.kit.storage import media_path, temporary_path, thumbnail_name

log = logging.getLogger(__name__)

WIDTHS = (320, 1280)


def make_thumbnails_soon(image_ids: list[int]) -> None:
    """Have the missing thumbnails made by the cluster for slow work; the engine tells of stored images."""
    for image_id in image_ids:
        async_task("studio.gallery.tasks.make_thumbnails", image_id, cluster="chores")


def make_thumbnails(image_id: int) -> None:
    """Make the thumbnails that an image still lacks. Idempotent: django-q may run it twice."""
    image = Image.objects.filter(id=image_id).first()
    if image is None:
        return
    missing = [width for width in WIDTHS if width not in image.thumbnail_widths]
    if not missing:
        return
    targets = {width: temporary_path() for width in missing}
    try:
        write_thumbnails(media_path(image.file), targets)
        for width, made in targets.items():
            made.replace(media_path(thumbnail_name(image.file, width)))
    finally:
        for made in targets.values():
            made.unlink(missing_ok=True)
    _note_widths(image_id, missing)
    log.info("gallery.thumbnails.made image=%s", image_id)


@transaction.atomic
def _note_widths(image_id: int, made: list[int]) -> None:
    """Add widths to the row, locked: the engine or another run may be adding its own."""
    image = Image.objects.select_for_update().filter(id=image_id).first()
    if image is not None:
        image.thumbnail_widths = sorted({*image.thumbnail_widths, *made})
        image.save(update_fields=["thumbnail_widths"])
