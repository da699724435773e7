"""Run the sandbox: a local server that speaks the providers' APIs."""

from django.core.management.base import BaseCommand, CommandParser

from studio.sandbox.options import add_arguments, read_options, run


class Command(BaseCommand):
    help = "Run a local server that speaks the providers' APIs, for trying the app without a key."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: object, **options: object) -> None:
        from argparse import Namespace

        run(read_options(Namespace(**options)))
