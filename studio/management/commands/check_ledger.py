"""`manage.py check_ledger`: prove that holds, counters and figures of usage agree with the ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.generation.verifying import find_differences

SHOWN = 50


class Command(BaseCommand):
    help = "Compare what is held and spent with the ledger. Exits with 1 on any difference."

    def handle(self, **options: Any) -> None:
        differences = find_differences()
        for sentence in differences[:SHOWN]:
            self.stderr.write(sentence)
        if differences:
            raise CommandError(f"{len(differences)} differences. Nothing was changed.")
        self.stdout.write("The ledger is right.")
