"""Let a stopped key be used again, for instance after its account was topped up."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.keys.actions import resume_key


class Command(BaseCommand):
    help = "Let a stopped API key be used again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", type=int, help="the key's number, as add_key printed it")

    def handle(self, *args: object, key: int, **options: object) -> None:
        if not resume_key(key_id=key):
            raise CommandError(f"There is no key {key} that could be used again.", returncode=2)
        self.stdout.write(f"Key {key} is in use again.")
