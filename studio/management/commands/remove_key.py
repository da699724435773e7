"""Erase a key that no generation needs."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.generation.keyring import remove_key
from studio.keys.models import ApiKey
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = "Erase an API key. Refused while generations need it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", type=int, help="the key's number, as add_key printed it")

    def handle(self, *args: object, key: int, **options: object) -> None:
        try:
            remove_key(key_id=key, by=None)
        except ApiKey.DoesNotExist:
            raise CommandError(f"There is no key {key}.", returncode=2) from None
        except StudioError as error:
            raise CommandError(error.sentence, returncode=2) from None
        self.stdout.write(f"Key {key} is erased.")
