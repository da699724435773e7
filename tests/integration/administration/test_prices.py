"""Setting prices, and what a press then costs."""

from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse_lazy
from django.utils import timezone

from studio.audit.models import AuditEntry
from studio.catalog.actions import add_version, install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.generation.models import Generation
from studio.spending.models import Price, Quota
from studio.spending.periods import Period
from studio.spending.prices import Rate
from studio.spending.pricing import set_price
from studio.spending.queries import rates_on
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast, confirm_password
from tests.factories import PASSWORD

pytestmark = pytest.mark.any_database

STUDIO = "/p/spring/"
USUAL = reverse_lazy("generation:usual_time", args=["spring"])
GENERATE = reverse_lazy("generation:generate", args=["spring"])


def page_of(model: ImageModel) -> str:
    return f"/admin/prices/{model.pk}/"


def today(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_a_table_by_two_parameters_is_set_and_shown_again(admin: StrictClient, model: ImageModel) -> None:
    shown = parse(admin.get(f"{page_of(model)}?by=resolution&by=enable_web_search").content.decode())
    names = [one.attrs["name"] for one in shown.find_all("input") if one.attrs["name"].startswith("price-")]
    assert names[:2] == ["price-0-0", "price-0-1"]
    typed = {name: f"0.{number + 1:02d}" for number, name in enumerate(names)}
    typed[names[-1]] = ""
    answer = admin.post(
        page_of(model), {"by": ["resolution", "enable_web_search"], "valid_from": today(), **typed}
    )
    assert answer.headers["Location"] == page_of(model)
    rates = rates_on(model.pk, timezone.localdate())
    assert len(rates) == len(names) - 1
    assert rates[1] == Rate(20_000, {"resolution": rates[1].when["resolution"], "enable_web_search": "true"})
    again = parse(admin.get(page_of(model)).content.decode())
    assert again.find("[name=price-0-1]").attrs["value"] == "0.02"
    assert f"The prices of {model.name} are set." in again.text()
    entry = AuditEntry.objects.get(verb="price.set")
    assert entry.details["after"] == [rate.image_micros for rate in rates]


def test_a_wrong_price_keeps_what_was_typed_and_says_so(admin: StrictClient, model: ImageModel) -> None:
    answer = admin.post(page_of(model), {"price-0-0": "<dear>", "valid_from": today(), "note": "a list"})
    assert answer.status_code == 422
    shown = parse(answer.content.decode())
    assert "This is no amount of money." in shown.text()
    assert shown.find("[name=price-0-0]").attrs["value"] == "<dear>"
    past = admin.post(page_of(model), {"price-0-0": "1", "valid_from": today(-1)})
    assert "A price begins today or later" in past.content.decode()
    late = admin.post(page_of(model), {"price-0-0": "1", "valid_from": "9999-01-01"})
    assert "a price begins within two years from today" in late.content.decode()
    assert not Price.objects.exists()


def test_a_reason_that_is_too_long_is_said(admin: StrictClient, model: ImageModel) -> None:
    answer = admin.post(page_of(model), {"price-0-0": "1", "valid_from": today(), "note": "n" * 201})
    assert answer.status_code == 422
    assert "The reason is too long: at most 200 characters." in answer.content.decode()


def test_a_table_becomes_one_price_again_when_the_last_parameter_is_unticked(
    admin: StrictClient, model: ImageModel
) -> None:
    typed = {"by": "enable_web_search", "price-0-0": "0.10", "price-1-0": "0.20", "valid_from": today()}
    assert admin.post(page_of(model), typed).status_code == 302
    shown = parse(admin.get(page_of(model)).content.decode())
    [ticked] = [one for one in shown.find(".factors").find_all("input[name=by]") if "checked" in one.attrs]
    assert ticked.attrs["value"] == "enable_web_search"
    rest = [one for one in shown.find(".factors").find_all("[name=by]") if one.attrs.get("type") == "hidden"]
    query = urlencode([("by", one.attrs["value"]) for one in rest])
    flat = parse(admin.get(f"{page_of(model)}?{query}").content.decode())
    assert [one.attrs["name"] for one in flat.find(".rates").find_all("input")] == ["price-0-0"]


FOUR = ["resolution", "thinking_level", "enable_web_search", "limit_generations"]


def test_a_fifth_parameter_can_not_be_ticked(admin: StrictClient, model: ImageModel) -> None:
    query = urlencode({"by": FOUR}, doseq=True)
    shown = parse(admin.get(f"{page_of(model)}?{query}").content.decode())
    boxes = [one for one in shown.find_all(".factors [name=by]") if one.attrs.get("type") == "checkbox"]
    assert [one.attrs["value"] for one in boxes if "disabled" not in one.attrs] == FOUR
    assert len(boxes) > 4
    one = parse(admin.get(f"{page_of(model)}?by=resolution").content.decode())
    assert not [box for box in one.find_all(".factors [name=by]") if "disabled" in box.attrs]


def test_a_fifth_parameter_in_the_address_is_refused_with_a_sentence(
    admin: StrictClient, model: ImageModel
) -> None:
    five = [*FOUR, "output_format"]
    shown = parse(admin.get(f"{page_of(model)}?{urlencode({'by': five}, doseq=True)}").content.decode())
    assert "a table goes by at most 4. Leave one out." in shown.find("[role=alert]").text()
    ticked = [one.attrs["value"] for one in shown.find_all(".factors [name=by]") if "checked" in one.attrs]
    assert sorted(ticked) == sorted(five)
    assert not shown.find(".rates")
    answer = admin.post(page_of(model), {"by": five, "valid_from": today(), "price-0-0-0-0-0": "1"})
    assert answer.status_code == 422
    assert not Price.objects.exists()


def fields_of(form: Element) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for one in form.find_all("input"):
        fields.setdefault(one.attrs["name"], []).append(one.attrs.get("value", ""))
    return fields


def test_a_table_by_three_parameters_is_grouped_and_outlives_the_question_for_the_password(
    admin: StrictClient, cast: Cast, model: ImageModel
) -> None:
    page = f"{page_of(model)}?{urlencode({'by': FOUR[:3]}, doseq=True)}"
    shown = parse(admin.get(page).content.decode())
    groups = [group.text() for group in shown.find_all(".rates [scope=rowgroup]")]
    assert groups == ["Resolution 0.5K", "Resolution 1K", "Resolution 2K", "Resolution 4K"]
    assert shown.find(".rates [scope=colgroup]").text() == "Web search"
    cells = shown.find_all(".rates input")
    assert cells[0].attrs["aria-label"] == "Resolution: 0.5K, Thinking: Minimal, Web search: Off"
    typed = {cell.attrs["name"]: f"0.{number + 100}" for number, cell in enumerate(cells)}
    confirm_password(admin, cast.admin, seconds_ago=60 * 60)
    sent = {**fields_of(shown.find(".box [method=post]")), **typed}
    asked = admin.post(page_of(model), sent, headers={"Referer": f"http://testserver{page}"})
    came = admin.post(asked.headers["Location"], {"password": PASSWORD})
    waiting = parse(admin.get(came.headers["Location"]).content.decode()).find("form[action]")
    assert admin.post(waiting.attrs["action"], fields_of(waiting)).status_code == 302
    set_again = parse(admin.get(page_of(model)).content.decode()).find_all(".rates input")
    assert {cell.attrs["name"]: cell.attrs["value"].ljust(5, "0") for cell in set_again} == typed


def test_a_wrong_price_of_a_combination_is_said_at_its_cell(admin: StrictClient, model: ImageModel) -> None:
    typed = {"price-1-0-2": "0.20", "price-3-1-0": "dear"}
    answer = admin.post(page_of(model), {"by": FOUR[:3], "valid_from": today(), **typed})
    assert answer.status_code == 422
    shown = parse(answer.content.decode())
    wrong = shown.find("[aria-invalid=true]")
    assert wrong.attrs["aria-label"] == "Resolution: 4K, Thinking: High, Web search: Off"
    assert shown.find(f"#{wrong.attrs['aria-describedby']}").text() == "This is no amount of money."
    assert {cell.attrs["name"]: cell.attrs["value"] for cell in shown.find_all(".rates input")} == (
        dict.fromkeys((cell.attrs["name"] for cell in shown.find_all(".rates input")), "") | typed
    )


def test_a_planned_change_waits_and_can_be_cancelled(admin: StrictClient, model: ImageModel) -> None:
    admin.post(page_of(model), {"price-0-0": "0.10", "valid_from": today()})
    admin.post(page_of(model), {"price-0-0": "0.20", "valid_from": today(1)})
    assert rates_on(model.pk, timezone.localdate()) == (Rate(100_000),)
    assert rates_on(model.pk, timezone.localdate() + timedelta(days=1)) == (Rate(200_000),)
    planned = Price.objects.latest("id")
    assert "Cancel the change" in admin.get(page_of(model)).content.decode()
    admin.post(f"{page_of(model)}withdraw/{planned.pk}/")
    assert rates_on(model.pk, timezone.localdate() + timedelta(days=1)) == (Rate(100_000),)
    in_force = Price.objects.earliest("id")
    assert admin.post(f"{page_of(model)}withdraw/{in_force.pk}/").status_code == 409
    elsewhere = find_model("nano-banana-pro", "mountsea")
    assert admin.post(f"{page_of(elsewhere)}withdraw/{planned.pk}/").status_code == 404


def test_the_form_shows_what_it_costs_with_its_arithmetic(cast: Cast, model: ImageModel) -> None:
    set_price(model=model, rates=[Rate(101_000)], valid_from=timezone.localdate(), by=None)
    client = cast.client(cast.contributor)
    form = parse(client.get(f"{STUDIO}?model=mountsea:nano-banana-2").content.decode())
    assert "$0.101" in form.find("#press-cost").text()
    asked = f"{USUAL}?was={model.pk}&in-num_images=4&in-resolution=2K"
    figures = parse(client.get(asked).content.decode())
    assert figures.text() == "$0.404 = 4 × $0.101"
    unknown = client.get(f"{USUAL}?was=999999")
    assert unknown.content.strip() == b""


def test_a_cleared_setting_costs_what_the_provider_takes_it_for(cast: Cast, model: ImageModel) -> None:
    rates = [Rate(67_000, {"resolution": "1K"}), Rate(101_000, {"resolution": "2K"}), Rate(500_000, {}, 1)]
    set_price(model=model, rates=rates, valid_from=timezone.localdate(), by=None)
    client = cast.client(cast.contributor)
    for asked, said in (("in-resolution=", "$0.067"), ("in-resolution=2K", "$0.101")):
        shown = parse(client.get(f"{USUAL}?was={model.pk}&{asked}").content.decode())
        assert shown.find("#press-cost").text() == said


def test_what_is_left_to_the_model_has_a_price_of_its_own(
    admin: StrictClient, cast: Cast, model: ImageModel
) -> None:
    shown = parse(admin.get(f"{page_of(model)}?by=enable_web_search").content.decode())
    assert [row.text() for row in shown.find_all(".rates [scope=row]")] == ["Off", "On", "Default"]
    typed = {"price-0-0": "0.10", "price-1-0": "0.20", "price-2-0": "0.15"}
    admin.post(page_of(model), {"by": "enable_web_search", "valid_from": today(), **typed})
    client = cast.client(cast.contributor)
    for asked, said in (("", "$0.15"), ("false", "$0.10"), ("true", "$0.20")):
        query = f"{USUAL}?was={model.pk}&in-enable_web_search={asked}"
        assert parse(client.get(query).content.decode()).find("#press-cost").text() == said
    sent = {"model": str(model.pk), "was": str(model.pk), "in-prompt": "A lake"}
    assert client.post(GENERATE, sent).status_code == 302
    assert Generation.objects.get().hold.cost_micros == 150_000


def test_references_raise_the_price_that_the_form_shows(cast: Cast) -> None:
    install_catalog()
    edit = find_model("nano-banana-2-edit", "mountsea")
    set_price(
        model=edit, rates=[Rate(1_000_000), Rate(1_500_000, {}, 2)], valid_from=timezone.localdate(), by=None
    )
    client = cast.client(cast.contributor)
    one, two = "in-image_urls=upload:1", "in-image_urls=upload:1&in-image_urls=upload:2"
    for asked, said in ((one, "$1.00"), (two, "$1.50")):
        shown = parse(client.get(f"{USUAL}?was={edit.pk}&{asked}").content.decode())
        assert shown.find("#press-cost").text() == said


def test_a_press_holds_the_price_and_says_when_it_does_not_fit(cast: Cast, model: ImageModel) -> None:
    set_price(model=model, rates=[Rate(101_000)], valid_from=timezone.localdate(), by=None)
    Quota.objects.create(user=cast.contributor, period=Period.MONTH, max_micros=450_000)
    client = cast.client(cast.contributor)
    sent = {"model": str(model.pk), "was": str(model.pk), "in-prompt": "A lake", "in-num_images": "4"}
    press = {"press": "11111111-1111-4111-8111-111111111111"}
    assert client.post(GENERATE, {**sent, **press}).status_code == 302
    assert Generation.objects.get().hold.cost_micros == 404_000
    press = {"press": "21111111-1111-4111-8111-111111111111"}
    refused = client.post(GENERATE, {**sent, **press}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    text = parse(refused.content.decode()).text()
    assert "Your monthly limit of $0.45 leaves $0.046, and this costs $0.404." in text
    assert Generation.objects.count() == 1


def test_a_price_that_somebody_else_has_set_meanwhile_is_told_first(
    admin: StrictClient, model: ImageModel
) -> None:
    def seen() -> str:
        return parse(admin.get(page_of(model)).content.decode()).find("[name=seen]").attrs["value"]

    ours = {"price-0-0": "0.10", "valid_from": today(), "note": "ours", "seen": seen()}
    admin.post(page_of(model), {**ours, "price-0-0": "0.30", "note": "theirs"})
    answer = admin.post(page_of(model), ours)
    assert answer.status_code == 422
    shown = parse(answer.content.decode())
    assert "somebody else has set or cancelled a price meanwhile" in shown.find("[role=alert]").text()
    assert shown.find("[name=price-0-0]").attrs["value"] == "0.10"
    assert "theirs" in shown.find(".changes").text()
    assert [rate.image_micros for rate in rates_on(model.pk, timezone.localdate())] == [300_000]
    again = {**ours, "seen": shown.find("[name=seen]").attrs["value"]}
    assert admin.post(page_of(model), again).status_code == 302
    assert [rate.image_micros for rate in rates_on(model.pk, timezone.localdate())] == [100_000]


def test_a_planned_change_that_somebody_else_has_cancelled_is_told_first(
    admin: StrictClient, model: ImageModel
) -> None:
    admin.post(page_of(model), {"price-0-0": "0.20", "valid_from": today(1)})
    shown = parse(admin.get(page_of(model)).content.decode())
    ours = {"price-0-0": "0.10", "valid_from": today(), "seen": shown.find("[name=seen]").attrs["value"]}
    admin.post(f"{page_of(model)}withdraw/{Price.objects.get().pk}/")
    assert admin.post(page_of(model), ours).status_code == 422
    assert not rates_on(model.pk, timezone.localdate())


@pytest.mark.parametrize("mistake", [{"price-0-0": "much"}, {"valid_from": "never"}])
def test_a_mistake_does_not_hide_a_price_that_somebody_else_has_set(
    admin: StrictClient, model: ImageModel, mistake: dict[str, str]
) -> None:
    def seen(answer: Any) -> str:
        found = parse(answer.content.decode()).find("[name=seen]")
        assert found
        return found.attrs["value"]

    ours = {"price-0-0": "0.10", "valid_from": today(), "seen": seen(admin.get(page_of(model)))}
    admin.post(page_of(model), {**ours, "price-0-0": "0.30"})
    wrong = admin.post(page_of(model), {**ours, **mistake})
    assert wrong.status_code == 422
    answer = admin.post(page_of(model), {**ours, "seen": seen(wrong)})
    assert "somebody else has set or cancelled a price meanwhile" in parse(answer.content.decode()).text()
    assert [rate.image_micros for rate in rates_on(model.pk, timezone.localdate())] == [300_000]


def test_prices_are_not_set_for_other_options_than_they_were_typed_for(
    admin: StrictClient, model: ImageModel
) -> None:
    """The model's schema changes while somebody types: the second row is another option's by then."""
    set_price(model=model, rates=[Rate(101_000)], valid_from=timezone.localdate(), by=None)
    shown = parse(admin.get(f"{page_of(model)}?by=resolution").content.decode())
    mark = shown.find("[name=fields]")
    assert mark
    ours = {"by": "resolution", "fields": mark.attrs["value"], "valid_from": today(), "price-0-0": "0.50"}
    assert model.schema
    changed = deepcopy(model.schema.input_schema)
    del changed["properties"]["resolution"]["enum"][0]
    changed["properties"]["resolution"].pop("default", None)
    model.schema, _ = add_version(model, changed, {})
    model.save()
    answer = admin.post(page_of(model), ours)
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    assert "the model’s fields have changed meanwhile" in page.find("[role=alert]").text()
    assert page.find("[name=price-0-0]").attrs["value"] == "0.101"
    assert [rate.image_micros for rate in rates_on(model.pk, timezone.localdate())] == [101_000]
    again = {**ours, "fields": page.find("[name=fields]").attrs["value"]}
    assert admin.post(page_of(model), again).status_code == 302


def test_ticking_a_box_gives_the_page_that_a_reload_shows(admin: StrictClient, model: ImageModel) -> None:
    before = admin.get(page_of(model))
    address = f"{page_of(model)}?by=resolution&by=thinking_level"
    answer = admin.get(address, headers={"HX-Request": "true"})
    assert_swap_equals_reload(admin, address, answer, before=before, by=".factors", inside=".page")
