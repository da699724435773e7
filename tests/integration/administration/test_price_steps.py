"""Prices by the number of references: set by an admin, and what a member's press then costs."""

from itertools import product
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.urls import reverse_lazy
from django.utils import timezone
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model, spec_of
from studio.catalog.spec import Field
from studio.generation.models import Generation
from studio.generation.pricing import price_of_call
from studio.kit.money import read_dollars
from studio.kit.wire import JsonValue
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.prices import Rate
from studio.spending.pricing import set_price
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


def rows(page: Element) -> list[str]:
    return [row.text() for row in page.find_all(".rates [scope=row]")]


def cells(page: Element) -> list[str]:
    return [cell.attrs["value"] for cell in page.find_all(".rates input")]


def shown(admin: StrictClient, model: ImageModel, query: str = "") -> Element:
    return parse(admin.get(page_of(model, query)).content.decode())


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
    page = shown(admin, model)
    assert cells(page) == ["0.10", ""]
    assert page.find(".changes b").text() == "$0.10"
    assert "$0.10, unknown" in parse(admin.get("/admin/audit/").content.decode()).text()


def test_that_nothing_is_known_at_all_is_no_rate(admin: StrictClient, model: ImageModel) -> None:
    set_prices(admin, model, "", "0.20")
    assert rates_on(model.pk, timezone.localdate()) == (Rate(200_000, {}, 1),)
    set_prices(admin, model, "", "")
    assert rates_on(model.pk, timezone.localdate()) == ()


def test_each_step_has_its_price_in_the_form_and_in_the_hold(
    admin: StrictClient, cast: Cast, model: ImageModel
) -> None:
    page = shown(admin, model, "?by=references&steps=4,1")
    assert rows(page) == ["No references", "1 to 3 references", "4 to 14 references"]
    assert page.find("[name=steps]").attrs["value"] == "1, 4"
    set_prices(admin, model, "0.10", "0.20", "0.33", steps="4,1")
    client = cast.client(cast.contributor)
    for references, said, micros in ((0, "$0.10", 100_000), (2, "$0.20", 200_000), (5, "$0.33", 330_000)):
        assert cost_of(client, model, references) == said
        assert press(cast, client, model, references) is None
        assert held() == micros
    assert [cost_of(client, model, number) for number in (1, 3, 4, 14)] == [
        "$0.20",
        "$0.20",
        "$0.33",
        "$0.33",
    ]
    again = shown(admin, model)
    assert (rows(again), cells(again)) == (rows(page), ["0.10", "0.20", "0.33"])
    assert again.find(".changes b").text() == "$0.10 to $0.33"


@pytest.mark.parametrize(
    ("provider", "slug", "by"),
    [
        ("modelstream", "NB2", ["quality", "thinking_level", "gweb_search", "references"]),
        ("mountsea", "nano-banana-2", ["resolution", "thinking_level", "enable_web_search"]),
        ("mountsea", "nano-banana-2-edit", ["resolution", "output_format", "references"]),
    ],
)
def test_each_input_costs_what_the_cell_of_its_combination_says(
    admin: StrictClient, provider: str, slug: str, by: list[str]
) -> None:
    install_catalog()
    model = find_model(slug, provider)
    query = "?" + urlencode({"by": by, "steps": "2, 4"}, doseq=True)
    names = [cell.attrs["name"] for cell in shown(admin, model, query).find_all(".rates input")]
    typed = {name: f"0.{number + 100}" for number, name in enumerate(names)}
    sent = {"by": by, "steps": "2, 4", "valid_from": timezone.localdate().isoformat(), **typed}
    assert admin.post(page_of(model), sent).status_code == 302
    spec = spec_of(model)
    fields = [spec.find(name) for name in by if name != "references"]
    images = spec.with_role("references")
    for values in product(*(values_of(field) for field in fields)):
        given = {
            field.name: value
            for field, value in zip(fields, values, strict=True)
            # What the provider takes by itself is left out.
            if value is not None and value != field.default
        }
        for count in range(images.most_images + 1) if images else [0]:
            if images and images.required and not count:
                continue
            place = [values_of(field).index(value) for field, value in zip(fields, values, strict=True)]
            name = "-".join(
                ("price", *map(str, [*place, *([(count >= 2) + (count >= 4)] if images else [])]))
            )
            references = {images.name: [f"upload:{number}" for number in range(count)]} if count else {}
            found = price_of_call(model, {**given, **references})
            assert found.image_micros == read_dollars(typed[name]), (given, count)


def values_of(field: Field) -> list[JsonValue]:
    """Return the values in the order of the table; None for leaving out what has no default."""
    values = [option.value for option in field.options] or [False, True]
    return values if field.required or field.default is not None else [*values, None]


def test_a_step_without_a_price_is_unknown_and_stays_a_step(
    admin: StrictClient, cast: Cast, model: ImageModel
) -> None:
    set_prices(admin, model, "0.10", "", "0.33", "", steps="1, 4, 9")
    client = cast.client(cast.contributor)
    unknown = "Charged by ModelStream"
    assert [cost_of(client, model, number) for number in (0, 1, 3, 4, 8, 9)] == [
        "$0.10",
        unknown,
        unknown,
        "$0.33",
        "$0.33",
        unknown,
    ]
    assert cells(shown(admin, model)) == ["0.10", "", "0.33", ""]


def test_wrong_steps_are_said_and_the_table_stays(admin: StrictClient, model: ImageModel) -> None:
    set_prices(admin, model, "0.10", "0.33", steps="3")
    page = shown(admin, model, "?by=references&steps=3,<b>")
    field = page.find("[name=steps]")
    assert (field.attrs["value"], field.attrs["aria-invalid"]) == ("3,<b>", "true")
    assert page.find(f"#{field.attrs['aria-describedby']}").text() == (
        "Write numbers with commas between them, such as 1, 4."
    )
    assert (rows(page), cells(page)) == (["Up to 2 references", "3 to 14 references"], ["0.10", "0.33"])
    assert page.find("[method=post] [name=steps]").attrs["value"] == "3"


def test_prices_for_steps_that_are_none_are_not_taken_for_others(
    admin: StrictClient, model: ImageModel
) -> None:
    sent = {"by": "references", "steps": "1, 99", "price-1-0": "7", "note": "our words"}
    answer = admin.post(page_of(model), {**sent, "valid_from": timezone.localdate().isoformat()})
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    assert "A step is a number from 1 to 14" in page.text()
    assert page.find("[name=note]").attrs["value"] == "our words"
    assert cells(page) == ["", ""]
    assert not rates_on(model.pk, timezone.localdate())


def test_steps_stay_in_the_address_while_boxes_are_ticked(admin: StrictClient, model: ImageModel) -> None:
    ticked = shown(admin, model, "?by=quality&by=references&steps=2,6")
    assert ticked.find("[name=steps]").attrs["form"] == ticked.find(".factors").attrs["id"]
    unticked = shown(admin, model, "?by=quality&steps=2,6")
    assert not unticked.find("label[for=steps]")
    assert unticked.find(".factors [name=steps]").attrs["value"] == "2,6"


def test_a_model_that_needs_references_is_priced_from_one_on(admin: StrictClient, cast: Cast) -> None:
    install_catalog()
    edit = find_model("nano-banana-2-edit", "mountsea")
    set_price(
        model=edit, rates=[Rate(1_000_000), Rate(1_500_000, {}, 3)], valid_from=timezone.localdate(), by=None
    )
    page = shown(admin, edit)
    assert (rows(page), cells(page)) == (["1 to 2 references", "3 to 14 references"], ["1.00", "1.50"])
    usual = shown(admin, edit, "?by=references&steps=")
    assert usual.find("[name=steps]").attrs["value"] == "1, 3"
    set_prices(admin, edit, "2.00", "", steps="1, 2")
    client = cast.client(cast.contributor)
    for references, said in ((0, "$2.00"), (1, "$2.00"), (2, "Charged by Mountsea Hub")):
        query = "".join(f"&in-image_urls=upload:{number}" for number in range(references))
        answer = client.get(f"{USUAL}?was={edit.pk}{query}").content.decode()
        assert parse(answer).find("#press-cost").text() == said
    other = find_model("nano-banana-edit", "mountsea")
    assert rows(shown(admin, other, "?by=references")) == ["1 reference", "2 to 10 references"]
    assert cells(shown(admin, edit, "?by=")) == ["2.00"]
