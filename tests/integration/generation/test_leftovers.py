"""What a crash leaves on disk goes away; what a row knows stays."""

import os
from datetime import timedelta
from pathlib import Path

from studio.generation.leftovers import remove_leftovers
from studio.generation.models import Generation, Status
from studio.kit.storage import (
    media_path,
    new_image_name,
    new_incoming_name,
    new_upload_name,
    temporary_path,
    thumbnail_name,
)
from tests.integration.generation.conftest import Engine

NO_GRACE = timedelta(0)


def leave(path: Path) -> Path:
    path.write_bytes(b"left behind")
    return path


def test_files_without_a_row_go_and_all_others_stay(engine: Engine) -> None:
    generation = engine.make("a tidy desk", num_images=2)
    waiting = engine.queue("still fetching").generations.get()
    incoming = new_incoming_name()
    kept = leave(media_path(incoming))
    Generation.objects.filter(id=waiting.id).update(status=Status.FETCHING, result_files=[{"file": incoming}])
    orphan = new_image_name(".png")
    gone = [
        leave(media_path(orphan)),
        leave(media_path(thumbnail_name(orphan, 640))),
        leave(media_path(new_incoming_name())),
        leave(temporary_path()),
    ]

    assert remove_leftovers(NO_GRACE) == len(gone)
    assert not any(path.exists() for path in gone)
    assert kept.exists()
    for image in generation.images.all():
        assert media_path(image.file).exists()
        assert media_path(thumbnail_name(image.file, 640)).exists()


def test_what_is_young_may_still_get_its_row(engine: Engine) -> None:
    young = leave(media_path(new_image_name(".png")))
    assert remove_leftovers() == 0
    assert young.exists()


def test_a_new_name_of_an_old_file_may_still_get_its_row(engine: Engine) -> None:
    image = engine.make("a tidy desk").images.get()
    original, copy = media_path(image.file), media_path(new_upload_name(".png"))
    os.utime(original, (0, 0))
    os.link(original, copy)
    assert remove_leftovers() == 0
    assert copy.exists()
    assert remove_leftovers(NO_GRACE) == 1
    assert original.exists()
