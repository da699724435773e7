"""`manage.py restore FILE`: put a backup into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.keys.queries import encryption_problem
from studio.kit.errors import StudioError
from studio.operations.backup.restoring import restore_backup, take_over
from studio.supervisor.setting_up import set_up


class Command(BaseCommand):
    help = "Put a backup into an empty installation. All is checked first; what may have been sent is not sent again."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--was-stopped",
            action="store_true",
            help="the other Studio was stopped before the backup and never started again: what waited is sent from here",
        )

    def handle(self, *args: Any, file: Path, was_stopped: bool, **options: Any) -> None:
        try:
            manifest = restore_backup(file.absolute())
        except StudioError as refusal:
            raise CommandError(refusal.sentence) from None
        except OSError as error:
            raise CommandError(f"The backup could not be restored: {error.strerror or error}.") from None
        set_up()
        taken = take_over(was_stopped=was_stopped)
        self.stdout.write(f"Restored {len(manifest.files):,} files of {manifest.made_at}.")
        self.stdout.write(f"Generations that go on: {taken.going_on:,}. Outcome unknown: {taken.unknown:,}.")
        if taken.unknown:
            self.stdout.write(
                "They waited when the backup was made, and may have been sent since. Decide under Admin › Jobs."
            )
        if problem := encryption_problem():
            self.stdout.write(problem)
