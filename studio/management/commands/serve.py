"""Run Studio: web, workers and, where no provider has a key, the sandbox, under one supervisor."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from studio.kit.errors import StudioError
from studio.supervisor.starting import Plan, serve


class Command(BaseCommand):
    help = "Set up and run Studio: web, workers and sandbox."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (HOST)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (PORT)")
        parser.add_argument(
            "--only", choices=("web", "workers"), help="run one side only, for sites of several machines"
        )

    def handle(self, *args: object, host: str, port: int, only: str | None, **options: object) -> None:
        plan = Plan(host, port, has_web=only != "workers", has_workers=only != "web")
        try:
            status = serve(plan)
        except StudioError as error:
            self.stderr.write(error.sentence)
            status = 2
        sys.exit(status)
