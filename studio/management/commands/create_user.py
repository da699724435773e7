"""Add a person to the team from the command line."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from studio.kit.errors import StudioError
from studio.people.actions import add_person, make_password_link
from studio.people.credentials import check_email_fits, check_password_fits
from studio.people.models import TeamRole


class Command(BaseCommand):
    help = "Add a person. Prints a one-time link with which they set their password, unless one is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        role = parser.add_mutually_exclusive_group()
        role.add_argument("--admin", action="store_true", help="make the person an admin of the team")
        role.add_argument("--guest", action="store_true", help="show the person only projects that list them")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        parser.add_argument(
            "--address",
            default=settings.PUBLIC_URL or "http://localhost:8000",
            help="where the site is reached, for the link (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._add(**options)
        except StudioError as error:
            raise CommandError(error.sentence) from error

    @transaction.atomic
    def _add(
        self,
        *,
        email: str,
        name: str,
        admin: bool,
        guest: bool,
        password_stdin: bool,
        address: str,
        **_: Any,
    ) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
        if password is not None:
            check_password_fits(password)
        role = TeamRole.ADMIN if admin else TeamRole.GUEST if guest else TeamRole.MEMBER
        person = add_person(email=check_email_fits(email), name=name, role=role, password=password, by=None)
        self.stdout.write(f"email: {person.email}")
        if password is None:
            token = make_password_link(person=person, by=None)
            self.stdout.write(f"link: {address.rstrip('/')}{reverse('people:welcome', args=[token])}")
