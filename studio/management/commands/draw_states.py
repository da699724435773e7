"""Draws docs/states.md from the transition table; with --check, only says whether it is up to date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from studio.generation.transitions import TABLE, diagram

PAGE = """# The life of a generation

Drawn by `manage.py draw_states` from the table in `studio/generation/transitions.py`; a test compares both.

```mermaid
{diagram}
```

| from | to | who | when |
|---|---|---|---|
{rows}
"""


def page() -> str:
    """Return the whole document."""
    rows = "\n".join(f"| {row.source} | {row.target} | {row.who} | {row.when} |" for row in TABLE)
    return PAGE.format(diagram=diagram(), rows=rows)


class Command(BaseCommand):
    help = "Draw the state diagram of generations into docs/states.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the document is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        file = Path(settings.BASE_DIR) / "docs" / "states.md"
        if not check:
            file.write_text(page())
        elif not file.exists() or file.read_text() != page():
            raise CommandError("docs/states.md is out of date: run manage.py draw_states.")
