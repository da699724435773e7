"""Say what may be sent with a key, and when its turn is."""

from dataclasses import replace

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.keys.actions import LOWEST_PRIORITY, MOST_AT_ONCE, Limits, change_limits, limits_of
from studio.keys.models import ApiKey


class Command(BaseCommand):
    help = "Set the limits and the priority of an API key; what isn't given stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", type=int, help="the key's number, as add_key printed it")
        parser.add_argument("--in-flight", type=int, help="how much may be under way at once")
        parser.add_argument("--submitting", type=int, help="how much may be sent at once")
        parser.add_argument(
            "--per-minute", type=int, help="how much may be sent in a minute; 0 for any number"
        )
        parser.add_argument("--priority", type=int, help="1 is used first")

    def handle(
        self,
        *args: object,
        key: int,
        in_flight: int | None,
        submitting: int | None,
        per_minute: int | None,
        priority: int | None,
        **options: object,
    ) -> None:
        found = ApiKey.objects.present().filter(pk=key).first()
        if found is None:
            raise CommandError(f"There is no key {key}.", returncode=2)
        given = {
            "max_in_flight": in_flight,
            "max_submitting": submitting,
            "max_per_minute": per_minute,
            "priority": priority,
        }
        limits = _changed(
            limits_of(found), {name: value for name, value in given.items() if value is not None}
        )
        change_limits(key=found, limits=limits, by=None)
        minute = limits.max_per_minute or "any number"
        self.stdout.write(
            f"Key {key}: {limits.max_in_flight} in flight, {limits.max_submitting} at once, "
            f"{minute} a minute, priority {limits.priority}."
        )


def _changed(limits: Limits, given: dict[str, int]) -> Limits:
    for name, value in given.items():
        least = 0 if name == "max_per_minute" else 1
        most = LOWEST_PRIORITY if name == "priority" else MOST_AT_ONCE
        if not least <= value <= most:
            raise CommandError(f"{name.replace('_', ' ')}: {least} to {most}, not {value}.", returncode=2)
    changed = replace(limits, **given)
    return replace(changed, max_per_minute=changed.max_per_minute or None)
