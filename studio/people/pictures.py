"""A person's picture: taken in with suspicion, kept small, in the database, where a backup finds it."""

from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from studio.kit.errors import Invalid
from studio.kit.ids import random_name
from studio.kit.images import decode_and_thumbnail
from studio.kit.storage import temporary_path
from studio.people.models import Portrait, User

LARGEST_MB: Final = 10
# Twice the largest size in which it is shown.
_WIDTH: Final = 160
_LONGEST: Final = 3


def set_picture(*, file: "UploadedFile[bytes]", by: User) -> None:
    """Show this picture in place of the person's letters. Raises Invalid with a sentence."""
    if not file.size or file.size > LARGEST_MB * 1024 * 1024:
        raise Invalid(f"Choose a picture of at most {LARGEST_MB} MB.")
    original, small = temporary_path(), temporary_path()
    try:
        with original.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        facts = decode_and_thumbnail(original, small, _WIDTH)
        if max(facts.width, facts.height) > _LONGEST * min(facts.width, facts.height):
            raise Invalid("This picture is too long for a round frame. Cut it to a square first.")
        data = small.read_bytes()
    finally:
        original.unlink(missing_ok=True)
        small.unlink(missing_ok=True)
    _keep(by, data)


@transaction.atomic
def remove_picture(*, person: User) -> None:
    """Show the person's letters again; nothing is left of the picture."""
    Portrait.objects.filter(person=person).delete()
    person.picture = ""
    person.save(update_fields=["picture"])


@transaction.atomic
def _keep(person: User, data: bytes) -> None:
    person.picture = random_name()
    Portrait.objects.update_or_create(person=person, defaults={"name": person.picture, "data": data})
    person.save(update_fields=["picture"])
