"""Marking, deleting and restoring images: who may, what is written down, and what two at once do."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from studio.audit.models import AuditEntry
from studio.gallery.actions import purge_images, purge_trash, restore_images, set_favourite, trash_images
from studio.generation.models import Favourite, Generation, Image
from studio.kit.clock import now
from studio.kit.errors import Conflict, NotAllowed
from studio.kit.storage import media_path, thumbnail_name
from studio.live.models import Change
from studio.people.models import User
from studio.projects.actions import archive_project
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, make_upload, store_image

LONG_AGO = timedelta(days=31)


def in_trash(*images: Image) -> list[bool]:
    found = Image.objects.in_bulk([image.pk for image in images])
    return [found[image.pk].deleted_at is not None for image in images]


def trash(cast: Cast, images: Iterable[Image], by: User) -> list[int]:
    return trash_images(project=cast.project, image_ids=[image.pk for image in images], by=by)


def restore(cast: Cast, images: Iterable[Image], by: User) -> list[int]:
    return restore_images(project=cast.project, image_ids=[image.pk for image in images], by=by)


def files_of(image: Image) -> list[Path]:
    return [media_path(image.file), *(media_path(thumbnail_name(image.file, w)) for w in (320, 640, 1280))]


def test_a_mark_is_ones_own_and_may_be_made_twice(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    for _ in range(2):
        set_favourite(image=image, by=cast.viewer, is_favourite=True)
    assert list(Favourite.objects.values_list("person", "project")) == [(cast.viewer.pk, cast.project.pk)]
    for _ in range(2):
        set_favourite(image=image, by=cast.viewer, is_favourite=False)
    assert not Favourite.objects.exists()
    changes = Change.objects.filter(project=cast.project, subject_id=image.generation_id)
    assert changes.count() == 2
    assert not AuditEntry.objects.filter(actor=cast.viewer).exists()


def test_what_is_gone_cant_be_marked(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    Image.objects.filter(pk=image.pk).delete()
    with pytest.raises(Conflict):
        set_favourite(image=image, by=cast.viewer, is_favourite=True)


def test_deleting_is_told_once_and_can_be_undone(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    images = [store_image(make_generation(batch, position=place)) for place in range(3)]
    ids = [image.pk for image in images]
    assert trash(cast, images, cast.contributor) == ids
    assert trash(cast, images, cast.contributor) == []
    assert in_trash(*images) == [True] * 3
    assert set(Image.objects.values_list("deleted_by", flat=True)) == {cast.contributor.pk}
    assert restore(cast, images, cast.contributor) == ids
    assert restore(cast, images, cast.contributor) == []
    assert in_trash(*images) == [False] * 3
    told = AuditEntry.objects.filter(subject_kind="project").order_by("id")
    assert [(entry.verb, entry.details) for entry in told] == [
        ("images.trashed", {"count": 3, "images": ids}),
        ("images.restored", {"count": 3, "images": ids}),
    ]
    heard = Change.objects.order_by("id").values_list("subject_kind", "subject_id")
    assert list(heard) == [("generation", image.generation_id) for image in images] * 2


def test_contributors_delete_their_own_and_managers_all(cast: Cast) -> None:
    own, foreign = (make_image(cast.project, author) for author in (cast.contributor, cast.manager))
    with pytest.raises(NotAllowed, match="Somebody else made this image"):
        trash(cast, [foreign], cast.contributor)
    with pytest.raises(NotAllowed, match="1 of these 2 images isn’t yours, so nothing was changed"):
        trash(cast, [own, foreign], cast.contributor)
    assert in_trash(own, foreign) == [False, False]
    trash(cast, [own, foreign], cast.manager)
    with pytest.raises(NotAllowed, match="1 of these 2"):
        restore(cast, [own, foreign], cast.contributor)
    assert restore(cast, [own], cast.contributor) == [own.pk]
    restore(cast, [foreign], cast.admin)
    assert in_trash(own, foreign) == [False, False]


def test_viewers_and_archived_projects_delete_nothing(cast: Cast) -> None:
    image = make_image(cast.project, cast.viewer)
    with pytest.raises(NotAllowed, match="You can look at this project but not delete"):
        trash(cast, [image], cast.viewer)
    project = archive_project(project=cast.project, by=cast.manager)
    for deed in (trash_images, restore_images, purge_images):
        with pytest.raises(NotAllowed, match="archived"):
            deed(project=project, image_ids=[image.pk], by=cast.manager)
    assert in_trash(image) == [False]


def test_images_of_another_project_are_passed_over(cast: Cast) -> None:
    image = make_image(cast.team_project, cast.contributor)
    assert trash(cast, [image], cast.manager) == []
    assert in_trash(image) == [False]


def test_deleting_for_good_takes_rows_and_files_and_leaves_the_rest(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor))
    gone, kept = (store_image(generation, widths=(320, 640, 1280)) for _ in range(2))
    copy = make_upload(cast.project, cast.contributor)
    copy.source = gone
    copy.save()
    set_favourite(image=gone, by=cast.viewer, is_favourite=True)
    ids = [gone.pk, kept.pk]
    trash(cast, [gone], cast.contributor)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert purge_images(project=cast.project, image_ids=ids, by=cast.contributor) == [gone.pk]
    assert list(generation.images.all()) == [kept]
    assert not any(file.exists() for file in files_of(gone))
    assert all(file.exists() for file in files_of(kept))
    copy.refresh_from_db()
    assert copy.source is None
    assert Generation.objects.filter(pk=generation.pk).exists()
    assert purge_images(project=cast.project, image_ids=ids, by=cast.contributor) == []
    with pytest.raises(Conflict, match="too late"):
        restore(cast, [gone], cast.contributor)


def test_the_night_deletes_what_was_in_the_trash_for_long(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    old, also_old, young, shown = (
        make_image(project, cast.contributor)
        for project in (cast.project, cast.team_project, cast.project, cast.project)
    )
    Image.objects.filter(id__in=[old.pk, also_old.pk]).update(deleted_at=now() - LONG_AGO)
    trash(cast, [young], cast.contributor)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert purge_trash(older_than=timedelta(days=30)) == 2
    assert set(Image.objects.all()) == {young, shown}
    assert not media_path(old.file).exists()
    assert media_path(young.file).exists()
    purged = AuditEntry.objects.filter(verb="images.purged").order_by("id")
    assert [(entry.actor, entry.details["images"]) for entry in purged] == [
        (None, [old.pk]),
        (None, [also_old.pk]),
    ]
    assert purge_trash(older_than=timedelta(days=30)) == 0
