"""Take the second factors of a person away from the command line: the way back when the only admin lost theirs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.people.factors.actions import reset_factors
from studio.people.models import User


class Command(BaseCommand):
    help = "Take a person's second factors away and sign them out everywhere; the password stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        person = User.objects.present().filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody has the address {email}.")
        had_any = reset_factors(person=person, by=None)
        self.stdout.write(
            f"{person.email} signs in with the password alone."
            if had_any
            else f"{person.email} had no second factor."
        )
