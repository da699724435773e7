"""Send nothing more with a key; what is under way goes on."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.keys.actions import pause_key


class Command(BaseCommand):
    help = "Send nothing more with an API key until it is resumed; what is under way goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", type=int, help="the key's number, as add_key printed it")

    def handle(self, *args: object, key: int, **options: object) -> None:
        if not pause_key(key_id=key, by=None):
            raise CommandError(f"There is no key {key} in use.", returncode=2)
        self.stdout.write(f"Key {key} is paused.")
