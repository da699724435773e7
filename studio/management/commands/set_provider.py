"""`manage.py set_provider`: where a provider's API is reached."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.catalog.actions import set_provider
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = "Says where a provider's API is reached, and which hosts may be plain http or private."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="mountsea or modelstream")
        parser.add_argument("--base-url", required=True, help="such as https://api.mountsea.ai")
        parser.add_argument(
            "--allow-host",
            nargs="+",
            action="extend",
            default=[],
            metavar="HOST:PORT",
            help="may be reached by plain http or at a private address; repeatable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            provider = set_provider(
                slug=options["provider"],
                base_url=options["base_url"],
                allowed_hosts=options["allow_host"],
            )
        except StudioError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(f"{provider.name} is reached at {provider.base_url}.")
