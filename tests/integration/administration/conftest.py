"""Who looks at the admins' pages, and a model that stands in them."""

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from tests.bench.client import StrictClient
from tests.cast import Cast


@pytest.fixture
def admin(cast: Cast) -> StrictClient:
    return cast.client(cast.admin)


@pytest.fixture
def model(db: None) -> ImageModel:
    install_catalog()
    return find_model("nano-banana-2", "mountsea")
