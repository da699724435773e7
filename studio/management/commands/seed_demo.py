"""`manage.py seed_demo`: three months of an invented team's work, for trying and measuring."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.demo.actions import seed
from studio.kit.errors import StudioError
from studio.supervisor.setting_up import make_first_sign_in, set_up


class Command(BaseCommand):
    help = (
        "Fill an empty installation with an invented team: people, projects, prices, images, money and usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=50, help="people to add (default: %(default)s)")
        parser.add_argument(
            "--generations", type=int, default=20_000, help="generations to make (default: %(default)s)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number gives another team")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        set_up()
        sign_in = make_first_sign_in()
        try:
            seed(
                people=options["users"],
                generations=options["generations"],
                seed=options["seed"],
                tell=lambda done: self.stderr.write(f"  {done:,} generations …"),
            )
        except StudioError as refusal:
            raise CommandError(refusal.sentence) from refusal
        finally:
            if sign_in:
                self.stdout.write(f"Sign in as {sign_in.email} with {sign_in.password}")
        self.stdout.write(
            f"{options['users']} people made {options['generations']:,} generations "
            f"in three months ({time.monotonic() - began:.0f} s). Nobody but you has a password yet."
        )
