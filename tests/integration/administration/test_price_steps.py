"""Prices by the number of references: set by an admin, and what a member's press then costs."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse_lazy
from django.utils import timezone
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.generation.models import Generation
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.prices import Rate
from studio.spending.queries import rates_on
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.cast import Cast
from tests.pictures import make_upload

pytestmark = pytest.mark.any_database

USUAL = reverse_lazy("generation:usual_time", args=["spring"])
GENERATE = reverse_lazy("generation:generate", args=["spring"])
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def model(db: None) -> ImageModel:
    """A model that takes up to 14 references, or none."""
    install_catalog()
    return find_model("NB2", "modelstream")


def page_of(model: ImageModel, query: str = "") -> str:
    return f"/admin/prices/{model.pk}/{query}"


def set_prices(admin: StrictClient, model: ImageModel, *prices: str, **fields: str) -> None:
    """Fill the first column of a table by references, from the fewest on."""
    typed = {f"price-{row}-0": price for row, price in enumerate(prices)}
    sent = {"by": "references", "valid_from": timezone.localdate().isoformat(), **typed, **fields}
    assert admin.post(page_of(model), sent).status_code == 302


def cost_of(client: StrictClient, model: ImageModel, references: int) -> str:
    """Return what the member's form says that a press with so many references costs."""
    query = "".join(f"&in-images=upload:{number}" for number in range(1, references + 1))
    figures = parse(client.get(f"{USUAL}?was={model.pk}{query}").content.decode()).find("#press-cost")
    assert figures
    return figures.text()


def press(cast: Cast, client: StrictClient, model: ImageModel, references: int) -> Element | None:
    """Press with so many references; return what was refused, if it was."""
    uploads = [f"upload:{make_upload(cast.project, cast.contributor).pk}" for _ in range(references)]
    sent = {"model": model.pk, "was": model.pk, "in-prompt": "A lake", "in-images": uploads}
    answer = client.post(GENERATE, {**sent, "press": uuid4()}, headers=HTMX)
    return parse(answer.content.decode()) if answer.status_code == 422 else None


def held() -> int | None:
    """Return what the newest press holds, in micro-dollars."""
    return Generation.objects.latest("id").hold.cost_micros


def test_no_price_with_references_is_unknown_and_not_that_without(
    admin: StrictClient, cast: Cast, model: ImageModel
) -> None:
    set_prices(admin, model, "0.10", "")
    client = cast.client(cast.contributor)
    assert cost_of(client, model, 0) == "$0.10"
    assert cost_of(client, model, 1) == "Charged by ModelStream"
    assert press(cast, client, model, 1) is None
    assert held() is None
    Quota.objects.create(user=cast.contributor, period=Period.MONTH, max_micros=9_000_000)
    refused = press(cast, client, model, 1)
    assert refused
    assert "has no price for this input" in refused.text()
    assert press(cast, client, model, 0) is None
    assert held() == 100_000
    shown = parse(admin.get(page_of(model)).content.decode())
    assert [shown.find(f"[name=price-{row}-0]").attrs["value"] for row in range(2)] == ["0.10", ""]
    assert shown.find(".changes b").text() == "$0.10"
    assert "$0.10, unknown" in parse(admin.get("/admin/audit/").content.decode()).text()


def test_that_nothing_is_known_at_all_is_no_rate(admin: StrictClient, model: ImageModel) -> None:
    set_prices(admin, model, "", "0.20")
    assert rates_on(model.pk, timezone.localdate()) == (Rate(200_000, {}, 1),)
    set_prices(admin, model, "", "")
    assert rates_on(model.pk, timezone.localdate()) == ()
