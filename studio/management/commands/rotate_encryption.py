"""Encrypt everything that is stored with the first encryption key."""

from django.core.management.base import BaseCommand, CommandError

from studio.keys.actions import reencrypt_keys
from studio.kit.errors import StudioError
from studio.people.factors.actions import reencrypt_factors
from studio.webhooks.actions import reencrypt_secrets


class Command(BaseCommand):
    help = "Encrypt all stored secrets with the first of STUDIO_ENCRYPTION_KEYS. Repeat it as you like."

    def handle(self, *args: object, **options: object) -> None:
        try:
            done = [reencrypt_keys(), reencrypt_secrets(), reencrypt_factors()]
        except StudioError as error:
            raise CommandError(error.sentence, returncode=2) from None
        changed, same = sum(each.changed for each in done), sum(each.same for each in done)
        self.stdout.write(f"{changed} encrypted anew, {same} already with the first key.")
        if unreadable := sum(each.unreadable for each in done):
            raise CommandError(
                f"{unreadable} can't be read with any of the keys. Put the old key back behind the first one "
                "and run this again; until then no key may be taken away.",
                returncode=1,
            )
