"""Reading the providers' own lists of models: what they say otherwise than the catalogue waits for an admin."""

import logging
from dataclasses import dataclass

from studio.catalog.comparing import Change
from studio.catalog.models import ImageModel, Proposal, Provider
from studio.catalog.proposing import changes_in, propose_listing
from studio.catalog.syncing import CatalogUnavailable, Listing, fetch_listing, told_by_sandbox
from studio.keys.queries import endpoint_of, is_sandbox, secret_of, usable_keys, waiting_reason
from studio.kit import clock
from studio.kit.errors import StudioError
from studio.providers.registry import LISTING_ADAPTERS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A proposal as the page shows it, with the model that it is about, if there is one."""

    proposal: Proposal
    model: ImageModel | None
    changes: list[Change]

    @property
    def name(self) -> str:
        return self.model.name if self.model else str(self.proposal.listed.get("name") or self.proposal.slug)

    @property
    def tone(self) -> str:
        return {"new": "add", "changed": "chg", "gone": "del"}[self.proposal.kind]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a provider's list, and the differences about which nobody has decided."""

    provider: Provider
    differences: list[Difference]
    left_count: int
    is_sandbox: bool


def fetch(provider: Provider) -> Listing:
    """Ask a provider for its models with one of its keys. Raises CatalogUnavailable."""
    keys = usable_keys(provider.pk, clock.now())
    if not keys:
        raise CatalogUnavailable(waiting_reason(provider))
    base_url, secret = endpoint_of(keys[0]).base_url, secret_of(keys[0])
    listing = fetch_listing(provider_slug=provider.slug, base_url=base_url, secret=secret)
    return told_by_sandbox(provider, listing) if keys[0].is_sandbox else listing


def read_listing(provider: Provider) -> None:
    """Read a provider's list and announce what it says otherwise; what went wrong is noted and said on the page."""
    try:
        listing = fetch(provider)
    except StudioError as refusal:
        Provider.objects.filter(pk=provider.pk).update(listing_problem=refusal.sentence[:300])
        log.warning("catalog.listing.failed provider=%s", provider.pk)
    else:
        propose_listing(provider=provider, listing=listing)


def listing_providers() -> list[Provider]:
    """Return the providers that publish their models."""
    return list(Provider.objects.filter(slug__in=LISTING_ADAPTERS).order_by("name", "id"))


def readings() -> list[Reading]:
    """Return the differences of all providers that publish their models."""
    found = []
    for provider in listing_providers():
        proposals = list(provider.proposals.open().order_by("slug", "id"))
        models = {model.slug: model for model in _models_of(provider, proposals)}
        left_count = provider.proposals.count() - len(proposals)
        differences = [_difference(each, models) for each in proposals]
        found.append(Reading(provider, differences, left_count, is_sandbox(provider)))
    return found


def _models_of(provider: Provider, proposals: list[Proposal]) -> list[ImageModel]:
    slugs = [proposal.slug for proposal in proposals]
    return list(provider.models.filter(slug__in=slugs).select_related("provider", "schema").order_by("id"))


def _difference(proposal: Proposal, models: dict[str, ImageModel]) -> Difference:
    model = models.get(proposal.slug)
    return Difference(proposal, model, changes_in(proposal, model))
