"""What people do to stored images: mark them, delete them to the trash, and bring them back.

Each verb may be repeated, and tells which images it changed. Images are locked in the order of their ids, so
that two who do something at once wait for each other instead of standing in each other's way.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

from studio.audit.actions import record
from studio.gallery.files import delete_files
from studio.gallery.index import forget_images
from studio.gallery.trash import trashed_images
from studio.generation.models import Favourite, Image
from studio.generation.policies import image_rights
from studio.kit import clock
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.live.actions import announce, announce_many
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.policies import check_can_edit

log = logging.getLogger(__name__)


class Verb(Protocol):
    """Something that a person does to images of the trash; returns the ids of those that changed."""

    def __call__(self, *, project: Project, image_ids: Collection[int], by: User) -> list[int]: ...


# As many rows as one transaction deletes: few enough that nobody waits for it.
PURGED_AT_ONCE = 200


@transaction.atomic
def set_favourite(*, image: Image, by: User, is_favourite: bool) -> None:
    """Mark an image for oneself, or take the mark away. Raises Conflict when it is gone."""
    if not _locked(Image.objects.filter(pk=image.pk)):
        raise Conflict("This image is gone, somebody deleted it for good.")
    mark = Favourite.objects.filter(image=image, person=by)
    if is_favourite == mark.exists():
        return
    if is_favourite:
        Favourite.objects.create(image=image, person=by, project_id=image.project_id)
    else:
        mark.delete()
    # The person's other pages follow; for everybody else's the card is as it was.
    announce(project_id=image.project_id, subject_kind="generation", subject_id=image.generation_id)


@transaction.atomic
def star_images(*, project: Project, image_ids: Collection[int], by: User) -> list[int]:
    """Mark images for oneself and return the ids of those that weren't marked yet; what is gone is passed over."""
    images = _locked(Image.objects.filter(project=project, id__in=image_ids, deleted_at__isnull=True))
    marked = set(Favourite.objects.filter(person=by, image__in=images).values_list("image_id", flat=True))
    changed = [image for image in images if image.pk not in marked]
    Favourite.objects.bulk_create(Favourite(image=image, person=by, project=project) for image in changed)
    _announce(project, changed)
    return [image.pk for image in changed]


@transaction.atomic
def trash_images(*, project: Project, image_ids: Collection[int], by: User) -> list[int]:
    """Move images to the trash and return the ids of those that weren't there yet.

    Raises NotAllowed, with nothing changed, unless the person may delete every one of them. What is gone for good,
    or of another project, is passed over.
    """
    images = _locked(Image.objects.filter(project=project, id__in=image_ids))
    image_rights(project, by).check_can_delete(images)
    changed = [image for image in images if image.deleted_at is None]
    ids = [image.pk for image in changed]
    Image.objects.filter(id__in=ids).update(deleted_at=clock.now(), deleted_by=by)
    _tell("images.trashed", project, changed, by)
    return ids


@transaction.atomic
def restore_images(*, project: Project, image_ids: Collection[int], by: User) -> list[int]:
    """Bring images back from the trash and return the ids of those that were there; who may delete may do this.

    Raises NotAllowed, and Conflict when all of them are gone for good.
    """
    images = _locked(Image.objects.filter(project=project, id__in=image_ids))
    image_rights(project, by).check_can_delete(images)
    if image_ids and not images:
        raise Conflict("It is too late: what is in the trash for long is deleted for good.")
    changed = [image for image in images if image.deleted_at is not None]
    ids = [image.pk for image in changed]
    Image.objects.filter(id__in=ids).update(deleted_at=None, deleted_by=None)
    _tell("images.restored", project, changed, by)
    return ids


def restore_all(*, project: Project, by: User) -> int:
    """Bring back all that this person may bring back, and return how many images. Raises NotAllowed."""
    return _in_parts(restore_images, project, by)


def empty_trash(*, project: Project, by: User) -> int:
    """Delete all of the trash for good, for those who manage the project, and return how many images."""
    check_can_edit(project, by)
    return _in_parts(purge_images, project, by)


def _in_parts(verb: Verb, project: Project, by: User) -> int:
    """Do it to a few hundred images after the other, each in a transaction of its own: nobody waits for the rest."""
    rights = image_rights(project, by)
    rights.check_can_delete([])
    ids = list(trashed_images(project, rights).order_by("id").values_list("id", flat=True))
    parts = (ids[start : start + PURGED_AT_ONCE] for start in range(0, len(ids), PURGED_AT_ONCE))
    return sum(len(verb(project=project, image_ids=part, by=by)) for part in parts)


@transaction.atomic
def purge_images(*, project: Project, image_ids: Collection[int], by: User) -> list[int]:
    """Delete images of the trash for good, files included, and return their ids.

    What is not in the trash stays. The generation, its timeline and its money stay too.
    """
    images = _locked(Image.objects.filter(project=project, id__in=image_ids, deleted_at__isnull=False))
    image_rights(project, by).check_can_delete(images)
    return _purge(project, images, by)


def purge_trash(*, older_than: timedelta) -> int:
    """Delete for good what has been in the trash for longer than this, in all projects; return how many images.

    A short transaction for each few hundred: it may be stopped at any time, and goes on the next time.
    """
    old = Image.objects.filter(deleted_at__lt=clock.now() - older_than)
    listed = list(old.order_by("project", "id").values_list("project", "id"))
    projects = Project.objects.in_bulk({project_id for project_id, _ in listed})
    purged = 0
    for project_id, rows in groupby(listed, itemgetter(0)):
        ids = [image_id for _, image_id in rows]
        for start in range(0, len(ids), PURGED_AT_ONCE):
            some = old.filter(id__in=ids[start : start + PURGED_AT_ONCE])
            purged += _purge_again(projects[project_id], some)
    return purged


@transaction.atomic
def _purge_again(project: Project, images: QuerySet[Image]) -> int:
    """Ask again under the lock: what somebody has just restored is no longer among them."""
    return len(_purge(project, _locked(images), None))


def _purge(project: Project, images: Collection[Image], by: User | None) -> list[int]:
    """Delete rows, then, when that is committed, their files; a crash in between leaves them to the nightly tidying."""
    ids = [image.pk for image in images]
    Image.objects.filter(id__in=ids).delete()
    forget_images(ids)
    if ids:
        record(verb="images.purged", subject=project, by=by, details=_named(images))
        transaction.on_commit(lambda: delete_files(images), robust=True)
        log.info("gallery.images.purged project=%s count=%s", project.pk, len(ids))
    return ids


def _locked(images: QuerySet[Image]) -> list[Image]:
    return list(images.select_for_update().order_by("id"))


def _tell(verb: str, project: Project, images: Collection[Image], by: User) -> None:
    """Write down what was done to these, and have the cards of their generations follow in every open page."""
    if not images:
        return
    record(verb=verb, subject=project, by=by, details=_named(images))
    _announce(project, images)


def _announce(project: Project, images: Iterable[Image]) -> None:
    generations = sorted({image.generation_id for image in images})
    announce_many(project_id=project.pk, subject_kind="generation", subject_ids=generations)


def _named(images: Collection[Image]) -> JsonObject:
    return {"count": len(images), "images": [image.pk for image in images]}
