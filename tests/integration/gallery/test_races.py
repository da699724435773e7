"""Two at once: real threads on a real database."""

from datetime import timedelta

import pytest
from django.db import connection

from studio.audit.models import AuditEntry
from studio.gallery.actions import purge_images, purge_trash, restore_images, set_favourite, trash_images
from studio.generation.models import Favourite, Image
from tests.cast import Cast
from tests.integration.people.test_races import at_once
from tests.pictures import make_batch, make_generation, make_image, store_image

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_delete_the_same_images_delete_them_once(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    ids = [store_image(make_generation(batch, position=place)).pk for place in range(6)]
    acts = [
        lambda order=order: trash_images(project=cast.project, image_ids=order, by=cast.manager)
        for order in (ids, ids[::-1], ids[2:], ids[:4])
    ]
    assert at_once(*acts) == ["done"] * 4
    assert Image.objects.filter(deleted_at__isnull=False).count() == 6
    told = AuditEntry.objects.filter(verb="images.trashed").values_list("details", flat=True)
    assert sorted(image for details in told.order_by("id") for image in details["images"]) == ids


def test_deleting_while_restoring_leaves_a_whole_row(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    for _ in range(5):
        outcomes = at_once(
            lambda: trash_images(project=cast.project, image_ids=[image.pk], by=cast.manager),
            lambda: restore_images(project=cast.project, image_ids=[image.pk], by=cast.contributor),
        )
        assert outcomes == ["done", "done"]
        image.refresh_from_db()
        assert (image.deleted_at is None) == (image.deleted_by is None)


def test_what_is_restored_in_time_is_not_deleted_for_good(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.contributor)
    at_once(
        lambda: restore_images(project=cast.project, image_ids=[image.pk], by=cast.contributor),
        lambda: purge_trash(older_than=timedelta(0)),
        lambda: purge_images(project=cast.project, image_ids=[image.pk], by=cast.manager),
    )
    left = Image.objects.filter(pk=image.pk).first()
    was_restored = AuditEntry.objects.filter(verb="images.restored").exists()
    assert (left is not None) == was_restored
    assert left is None or left.deleted_at is None


def test_a_double_click_marks_once(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    acts = [lambda: set_favourite(image=image, by=cast.viewer, is_favourite=True)] * 3
    assert at_once(*acts) == ["done"] * 3
    assert Favourite.objects.count() == 1


def test_a_mark_on_what_is_just_deleted_for_good_is_refused(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.contributor)
    outcomes = at_once(
        lambda: set_favourite(image=image, by=cast.viewer, is_favourite=True),
        lambda: purge_images(project=cast.project, image_ids=[image.pk], by=cast.contributor),
    )
    assert outcomes in (["Conflict", "done"], ["done", "done"])
    assert not Image.objects.filter(pk=image.pk).exists()
    assert not Favourite.objects.exists()
    assert connection.is_usable()
