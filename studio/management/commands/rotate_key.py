"""Put a new key in the place of another one, which stays for what is under way."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.generation.keyring import rotate_out
from studio.keys.models import ApiKey
from studio.kit.asking import read_secret
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = "Put a new API key in the place of another one; the new secret is read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", type=int, help="the old key's number, as add_key printed it")

    def handle(self, *args: object, key: int, **options: object) -> None:
        old = ApiKey.objects.present().filter(pk=key).first()
        if old is None:
            raise CommandError(f"There is no key {key}.", returncode=2)
        try:
            fresh = rotate_out(key=old, secret=read_secret(), by=None)
        except StudioError as error:
            raise CommandError(error.sentence, returncode=2) from None
        self.stdout.write(
            f"Key {fresh.pk} takes what is new. Key {key} retires when what is under way has ended."
        )
