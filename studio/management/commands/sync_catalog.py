"""`manage.py sync_catalog`: take over a provider's own list of models and their schemas."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.administration.listings import fetch
from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.catalog.proposing import find_differences
from studio.catalog.syncing import Listing, SyncReport, store_listing
from studio.kit.errors import StudioError


class Command(BaseCommand):
    help = (
        "Asks a provider for its image models and stores their schemas; says what is new, changed and gone. "
        "With --dry-run nothing is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", nargs="?", default="mountsea", help="mountsea, if none is named")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            install_catalog()
            provider = _find_provider(options["provider"])
            listing = fetch(provider)
            if options["dry_run"]:
                self._announce(provider, listing)
            else:
                self._print(provider, store_listing(provider=provider, listing=listing))
        except StudioError as error:
            raise CommandError(error.sentence) from error

    def _print(self, provider: Provider, report: SyncReport) -> None:
        for word, slugs in (("new", report.new), ("changed", report.changed), ("gone", report.gone)):
            for slug in slugs:
                self.stdout.write(f"{word}: {slug}")
        for slug, reason in report.disabled.items():
            self.stdout.write(f"not offered: {slug}: {reason}")
        for slug, reason in report.unread.items():
            self.stdout.write(f"not read, stays as it is: {slug}: {reason}")
        self.stdout.write(
            f"{provider.name}: {len(report.new)} new, {len(report.changed)} changed, "
            f"{len(report.gone)} gone, {len(report.same)} as before."
        )

    def _announce(self, provider: Provider, listing: Listing) -> None:
        found = list(find_differences(provider, listing))
        for each in found:
            self.stdout.write(f"{each.kind}: {each.listed.slug}{f': {each.reason}' * bool(each.reason)}")
        self.stdout.write(f"{provider.name}: {len(found)} different. Nothing was stored.")


def _find_provider(slug: str) -> Provider:
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        known = ", ".join(Provider.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no provider “{slug}”. Known: {known}.")
    return provider
