"""`manage.py backup FILE`: everything in one file, while Studio works."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.kit.disk import megabytes
from studio.kit.errors import Invalid
from studio.operations.backup.making import make_backup

SHOWN = 5


class Command(BaseCommand):
    help = "Write database and media into one file, while Studio works. Appears complete or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--with-encryption-key",
            action="store_true",
            help="put in what stored API keys are encrypted with: then whoever has the file has the keys",
        )

    def handle(self, *args: Any, file: Path, with_encryption_key: bool, **options: Any) -> None:
        try:
            made = make_backup(file.absolute(), with_encryption_key=with_encryption_key)
        except Invalid as refusal:
            raise CommandError(refusal.sentence) from None
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error.strerror or error}.") from None
        self.stdout.write(f"Backed up {made.files:,} files, {megabytes(made.size_bytes)}: {file}")
        if not with_encryption_key:
            self.stdout.write(
                "The encryption key is not in it: keep a copy of secrets/encryption_keys elsewhere."
            )
        if made.missing:
            names = ", ".join(made.missing[:SHOWN])
            self.stderr.write(f"Not on the disk, so not in the backup: {names}. See manage.py doctor.")
