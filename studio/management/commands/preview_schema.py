"""`manage.py preview_schema`: how any JSON schema would be drawn, without a database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.catalog.preview import Row, preview, read_document
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = "Shows how a JSON schema would be drawn: one row for each property of the input."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a JSON schema, or a document that holds one")
        parser.add_argument(
            "--root",
            default="",
            metavar="POINTER",
            help="where in the document the schema is, such as /components/schemas/Input",
        )
        parser.add_argument("--json", action="store_true", help="print the rows as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = preview(read_document(options["file"]), root=options["root"])
        except StudioError as error:
            raise CommandError(error.sentence) from error
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            self._print(rows, indent=0)

    def _print(self, rows: list[Row], *, indent: int) -> None:
        for row in rows:
            words = [f"{'  ' * indent}{row['name']}", row["kind"], *_marks(row)]
            self.stdout.write("  ".join(words))
            self._print(row["fields"], indent=indent + 1)


def _marks(row: Row) -> list[str]:
    marks = [word for word, holds in (("required", row["required"]), ("hidden", row["hidden"])) if holds]
    if row["default"] is not None:
        marks.append(f"default={json.dumps(row['default'], ensure_ascii=False)}")
    marks += [f"{name}={limit}" for name, limit in row["bounds"].items()]
    if row["options"]:
        marks.append(" | ".join(str(option) for option in row["options"]))
    return marks
