"""The providers that Studio can talk to. A new one is its own file and one entry here."""

from collections.abc import Mapping
from types import MappingProxyType

from studio.kit.errors import Invalid
from studio.providers.modelstream import ModelStream
from studio.providers.mountsea import MountseaHub
from studio.providers.types import Adapter, ListingAdapter

_HUB = MountseaHub()
_ALL: tuple[Adapter, ...] = (_HUB, ModelStream())
ADAPTERS: Mapping[str, Adapter] = MappingProxyType({adapter.slug: adapter for adapter in _ALL})

# Those whose provider publishes schemas; the models of the others come with Studio.
LISTING_ADAPTERS: Mapping[str, ListingAdapter] = MappingProxyType({_HUB.slug: _HUB})


class UnknownProvider(Invalid):
    """No adapter has this name."""


def adapter_for(slug: str) -> Adapter:
    """Return the adapter of a provider. Raises UnknownProvider."""
    try:
        return ADAPTERS[slug]
    except KeyError:
        known = ", ".join(sorted(ADAPTERS))
        raise UnknownProvider(f"There is no provider “{slug}”. Known: {known}.") from None
