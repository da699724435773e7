"""Who looks at the admins' pages, and what stands in them: a model, and a key of a provider."""

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel, Provider
from studio.catalog.queries import find_model
from studio.keys.actions import add_key
from studio.keys.models import ApiKey
from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.fake_provider import FakeProvider, fake
from tests.integration.administration.keys_page import SECRET

__all__ = ["fake"]


@pytest.fixture
def admin(cast: Cast) -> StrictClient:
    return cast.client(cast.admin)


@pytest.fixture
def model(db: None) -> ImageModel:
    install_catalog()
    return find_model("nano-banana-2", "mountsea")


@pytest.fixture
def provider(fake: FakeProvider) -> Provider:
    install_catalog()
    hub = Provider.objects.get(slug="mountsea")
    hub.base_url, hub.allowed_hosts = fake.url, [fake.host]
    hub.save()
    return hub


@pytest.fixture
def key(provider: Provider, cast: Cast) -> ApiKey:
    return add_key(provider=provider, label="Hub main", secret=SECRET, by=cast.admin)
