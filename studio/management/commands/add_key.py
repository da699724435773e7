"""Add a provider's API key. The secret comes on standard input: arguments show in the process list."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.catalog.models import Provider
from studio.keys.actions import add_key
from studio.kit.asking import read_secret
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = "Add a provider's API key; the secret is read from standard input and stored encrypted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("provider", help="the provider's short name, such as mountsea")
        parser.add_argument("--label", required=True, help="how people tell this key from others")

    def handle(self, *args: object, provider: str, label: str, **options: object) -> None:
        try:
            key = add_key(provider=_find_provider(provider), label=label, secret=read_secret())
        except StudioError as error:
            raise CommandError(error.sentence, returncode=2) from None
        self.stdout.write(f"Added key {key.pk} for {key.provider}: {key}")


def _find_provider(slug: str) -> Provider:
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        known = ", ".join(Provider.objects.order_by("slug").values_list("slug", flat=True))
        hint = f"Known: {known}." if known else "Run manage.py setup first."
        raise CommandError(f"There is no provider “{slug}”. {hint}", returncode=2)
    return provider
