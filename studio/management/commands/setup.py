"""Bring the installation up to date without starting it, for deployments that do this apart."""

from django.core.management.base import BaseCommand

from studio.supervisor.setting_up import set_up


class Command(BaseCommand):
    help = "Bring database, catalogue, keys, schedules and static files up to date."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        set_up()
        self.stdout.write("Studio is set up.")
