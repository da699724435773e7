"""What a crash leaves on disk goes away; what a row knows stays."""

import os
import time
from pathlib import Path

from studio.generation.leftovers import remove_leftovers
from studio.generation.models import Generation, Status
from studio.kit.storage import media_path, new_image_name, new_incoming_name, temporary_path, thumbnail_name
from tests.integration.generation.conftest import Engine

TWO_DAYS_S = 2 * 24 * 3600


def leave(path: Path, age_s: float = TWO_DAYS_S) -> Path:
    path.write_bytes(b"left behind")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def age_everything(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - TWO_DAYS_S,) * 2)


def test_files_without_a_row_go_and_all_others_stay(engine: Engine) -> None:
    generation = engine.make("a tidy desk", num_images=2)
    waiting = engine.queue("still fetching").generations.get()
    incoming = new_incoming_name()
    kept = leave(media_path(incoming))
    Generation.objects.filter(id=waiting.id).update(status=Status.FETCHING, result_files=[{"file": incoming}])
    age_everything(media_path("images/x").parents[1])
    orphan = new_image_name(".png")
    gone = [
        leave(media_path(orphan)),
        leave(media_path(thumbnail_name(orphan, 640))),
        leave(media_path(new_incoming_name())),
        leave(temporary_path()),
    ]

    assert remove_leftovers() == len(gone)
    assert not any(path.exists() for path in gone)
    assert kept.exists()
    for image in generation.images.all():
        assert media_path(image.file).exists()
        assert media_path(thumbnail_name(image.file, 640)).exists()


def test_what_is_young_may_still_get_its_row(engine: Engine) -> None:
    young = leave(media_path(new_image_name(".png")), age_s=60)
    assert remove_leftovers() == 0
    assert young.exists()
