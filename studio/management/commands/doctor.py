"""`manage.py doctor`: look at everything that must be right, and say what is wrong and how to mend it."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from studio.operations.doctor.examining import Examined, examine


class Command(BaseCommand):
    help = "Say what is wrong with this installation and how to mend it. Mends nothing; exits with 1 if anything is."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
        parser.add_argument("--offline", action="store_true", help="ask no provider for the time")

    def handle(self, *args: Any, **options: Any) -> None:
        examined = []
        for one in examine(is_offline=options["offline"]):
            examined.append(one)
            if not options["json"]:
                self._say(one)
        wrong = [one.name for one in examined if one.is_wrong]
        if options["json"]:
            checks = {one.name: [asdict(finding) for finding in one.findings] for one in examined}
            self.stdout.write(json.dumps({"healthy": not wrong, "checks": checks}))
        else:
            self.stdout.write(f"Something is wrong: {', '.join(wrong)}." if wrong else "All is well.")
        if wrong:
            sys.exit(1)

    def _say(self, one: Examined) -> None:
        mark = "WRONG" if one.is_wrong else "note" if one.findings else "ok"
        self.stdout.write(f"{mark:<6} {one.name}")
        for finding in one.findings:
            self.stdout.write(f"       {finding.what}\n         {finding.how}")
