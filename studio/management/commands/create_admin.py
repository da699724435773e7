"""Create an admin of the team from the command line."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.kit.errors import StudioError
from studio.kit.ids import random_name
from studio.people.actions import FIRST_ADMIN, add_person
from studio.people.credentials import check_email_fits, check_password_fits
from studio.people.models import TeamRole


class Command(BaseCommand):
    help = "Create an admin. Prints a generated password, unless one is given on standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--email", default=FIRST_ADMIN, help=f"what to sign in with (default: {FIRST_ADMIN})"
        )
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_given = options["password_stdin"]
        password = sys.stdin.readline().rstrip("\r\n") if is_given else random_name(20)
        try:
            email = check_email_fits(options["email"])
            check_password_fits(password)
            admin = add_person(
                email=email, name=options["name"], role=TeamRole.ADMIN, password=password, by=None
            )
        except StudioError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(f"email: {admin.email}")
        if not is_given:
            self.stdout.write(f"password: {password}")
