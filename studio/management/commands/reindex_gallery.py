"""`manage.py reindex_gallery`: make the index of the gallery's search anew."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.gallery.index import rebuild


class Command(BaseCommand):
    help = "Makes the index of the gallery's search anew, from the images that are there."

    def handle(self, *args: Any, **options: Any) -> None:
        count = rebuild()
        if options["verbosity"]:
            self.stdout.write(f"{count:,} images can be searched.")
