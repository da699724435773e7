"""`manage.py sync_catalog`: take over a provider's own list of models and their schemas."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.catalog.syncing import SyncReport, fetch_listing, store_listing
from studio.keys.queries import endpoint_of, secret_of, usable_keys, waiting_reason
from studio.kit import clock
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = (
        "Asks a provider for its image models and stores their schemas; says what is new, changed and gone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", nargs="?", default="mountsea", help="mountsea, if none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            install_catalog()
            provider = _find_provider(options["provider"])
            self._print(provider, _sync(provider))
        except StudioError as error:
            raise CommandError(error.sentence) from error

    def _print(self, provider: Provider, report: SyncReport) -> None:
        for word, slugs in (("new", report.new), ("changed", report.changed), ("gone", report.gone)):
            for slug in slugs:
                self.stdout.write(f"{word}: {slug}")
        for slug, reason in report.disabled.items():
            self.stdout.write(f"not offered: {slug}: {reason}")
        self.stdout.write(
            f"{provider.name}: {len(report.new)} new, {len(report.changed)} changed, "
            f"{len(report.gone)} gone, {len(report.same)} as before."
        )


def _find_provider(slug: str) -> Provider:
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        known = ", ".join(Provider.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no provider “{slug}”. Known: {known}.")
    return provider


def _sync(provider: Provider) -> SyncReport:
    keys = usable_keys(provider.pk, clock.now())
    if not keys:
        raise CommandError(waiting_reason(provider))
    base_url, secret = endpoint_of(keys[0]).base_url, secret_of(keys[0])
    listing = fetch_listing(provider_slug=provider.slug, base_url=base_url, secret=secret)
    return store_listing(provider=provider, listing=listing)
