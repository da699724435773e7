"""`manage.py check_ledger`: prove that holds, counters and figures of usage agree with the ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from studio.spending.verifying import find_differences

SHOWN = 50


class Command(BaseCommand):
    help = "Compare what is held and spent with the ledger. Exits with 1 on any difference."

    def handle(self, **options: Any) -> None:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                # One state of the database for all questions, whatever is written meanwhile.
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            differences = list(find_differences())
        for sentence in differences[:SHOWN]:
            self.stderr.write(sentence)
        if differences:
            raise CommandError(f"{len(differences)} differences. Nothing was changed.")
        self.stdout.write("The ledger is right.")
